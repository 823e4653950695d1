// question: the live content of interactions, with all sources of a row, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (b:Member)-[i:TOOK_PART]->(:Interaction)
WHERE i.gone = 0
MATCH (a:Member {pk: i.actor})
MATCH (s:Sources {pk: i.source})
OPTIONAL MATCH (k:Word {pk: i.kind})
OPTIONAL MATCH (c:Word {pk: i.channel})
OPTIONAL MATCH (t:Word {pk: i.topic})
OPTIONAL MATCH (o:Member {pk: i.object})
RETURN
    i.time AS time, i.key AS key, a.id AS actor, b.id AS target, i.role AS role, k.text AS kind, c.text AS channel,
    t.text AS topic, o.id AS object, i.weight AS weight, i.relevance AS relevance, i.record_id AS record_id,
    reduce(
        names = s.name,
        further IN COLLECT {
            MATCH (x:Also {row: i.pk})
            WHERE x.source <> i.source
            MATCH (y:Sources {pk: x.source})
            RETURN y.name
        } | names + '\u001F' + further
    ) AS sources
