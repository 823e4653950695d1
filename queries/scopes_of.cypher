// question: in which scopes are the ids of a source's records unique?
// parameters: $source
// order: scope
// scans: sources and their scopes are few
MATCH (s:Scopes {source: $source})
RETURN s.scope AS scope
ORDER BY scope
