// question: who did what, and when?
// parameters: $limit
// order: newest first
MATCH (a:AuditLine)
WHERE a.pk > 0
RETURN a.time AS time, a.who AS who, a.action AS action, a.detail AS detail
ORDER BY a.pk DESC
LIMIT $limit
