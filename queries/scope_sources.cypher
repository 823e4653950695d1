// question: which sources gave interactions with ids of a scope?
// parameters: $scope
// order: none
// scans: a source has one scope, seldom more
MATCH (s:Scopes {scope: $scope})
RETURN s.source AS source
