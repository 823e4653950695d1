-- question: the live content of opportunities, without handles?
-- parameters: none
-- order: none
SELECT s.name, m.id, o.id, p.id, g.text, x.amount, c.text, d.text, x.created, x.closed, x.won, x.name
FROM opportunities AS x
JOIN sources AS s ON s.pk = x.source
JOIN members AS m ON m.pk = x.member
LEFT JOIN members AS o ON o.pk = x.organization
LEFT JOIN members AS p ON p.pk = x.owner
LEFT JOIN words AS g ON g.pk = x.stage
LEFT JOIN words AS c ON c.pk = x.currency
LEFT JOIN words AS d ON d.pk = x.product
WHERE x.gone = 0
