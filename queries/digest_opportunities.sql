-- question: the live content of opportunities, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT
    s.name AS source, m.id AS member, o.id AS organization, p.id AS owner, g.text AS stage, x.amount AS amount,
    c.text AS currency, d.text AS product, x.created AS created, x.closed AS closed, x.won AS won, x.name AS name
FROM opportunities AS x
JOIN sources AS s ON s.pk = x.source
JOIN members AS m ON m.pk = x.member
LEFT JOIN members AS o ON o.pk = x.organization
LEFT JOIN members AS p ON p.pk = x.owner
LEFT JOIN words AS g ON g.pk = x.stage
LEFT JOIN words AS c ON c.pk = x.currency
LEFT JOIN words AS d ON d.pk = x.product
WHERE x.gone = 0
