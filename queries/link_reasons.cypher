// question: which reasons were given for links?
// parameters: none
// order: handle
// scans: all rows are looked through, once per erasure
MATCH (:Member)-[l:SAME_AS]->(:Member)
WHERE l.reason <> ''
RETURN l.pk AS pk, l.reason AS reason
ORDER BY pk
