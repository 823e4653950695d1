// question: which of some words does an interaction use?
// parameters: $words
// order: none
// scans: all rows are looked through, once per erasure
MATCH (:Interaction)<-[x:TOOK_PART]-(:Member)
UNWIND [x.kind, x.channel, x.topic] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
