-- card: total points from stressor levels. Risk of the recorded outcome within the horizon:
-- 1 / (1 + exp(-(-4.91147 + 0.189757 * points)))
--  5 points  addiction care of a parent: less than half a year, or half a year or longer
--  1 point   payment arrears: one signal, or two or more signals
--  1 point   default on health premium: in the past year
--  2 points  default on tax, loans or fines: longer than a year ago, or in the past year
--  2 points  default on tax, loans or fines: in the past year
--  3 points  mild intellectual disability of a parent: support
--  2 points  single parent: single parent
--  3 points  large family: three children or more
--  1 point   frequent moves: two moves, or three or more moves
--  2 points  mental-health care of a parent: less than half a year, or half a year or longer
--  2 points  absence in primary school: reported absent
--  2 points  absence in secondary school: reported once, or reported twice or more
--  4 points  police incident of domestic violence: one day with an incident, or two days or more
--  2 points  parent victim of violence: victim
--  3 points  justice contact of a parent: longer than a year ago, or in the past year
--  2 points  justice contact of a parent elsewhere: longer than a year ago, or in the past year
--  5 points  social assistance: part of the year, or almost the whole year
--  1 point   disability benefit of a parent: half of the year or longer
--  2 points  lasting low income: one year or more of the past four, or almost all of the past four years
--  3 points  low education of parents: low
-- Not covered (NULL) passes no comparison, so it never scores. Families with an open case are left out.
-- What comes out are groups of at least 10 families: no row is about one family.
WITH scored (index_date, area, points) AS (
  SELECT
    index_date, area,
      CASE WHEN parent_addiction >= 1 THEN 5 ELSE 0 END
      + CASE WHEN debt_arrears >= 1 THEN 1 ELSE 0 END
      + CASE WHEN debt_default >= 2 THEN 1 ELSE 0 END
      + CASE WHEN debt_other >= 1 THEN 2 ELSE 0 END
      + CASE WHEN debt_other >= 2 THEN 2 ELSE 0 END
      + CASE WHEN parent_disability >= 1 THEN 3 ELSE 0 END
      + CASE WHEN single_parent >= 1 THEN 2 ELSE 0 END
      + CASE WHEN large_family >= 1 THEN 3 ELSE 0 END
      + CASE WHEN moves >= 1 THEN 1 ELSE 0 END
      + CASE WHEN parent_mental_health >= 1 THEN 2 ELSE 0 END
      + CASE WHEN absence_primary >= 1 THEN 2 ELSE 0 END
      + CASE WHEN absence_secondary >= 1 THEN 2 ELSE 0 END
      + CASE WHEN domestic_violence >= 1 THEN 4 ELSE 0 END
      + CASE WHEN parent_victim >= 1 THEN 2 ELSE 0 END
      + CASE WHEN justice_contact >= 1 THEN 3 ELSE 0 END
      + CASE WHEN outside_parent_justice >= 1 THEN 2 ELSE 0 END
      + CASE WHEN social_assistance >= 1 THEN 5 ELSE 0 END
      + CASE WHEN parent_disability_benefit >= 1 THEN 1 ELSE 0 END
      + CASE WHEN lasting_low_income >= 1 THEN 2 ELSE 0 END
      + CASE WHEN low_education >= 1 THEN 3 ELSE 0 END
  FROM levels
  WHERE apart = FALSE
)
SELECT index_date, area, points, count(*) AS families
FROM scored
GROUP BY index_date, area, points
HAVING count(*) >= 10
ORDER BY index_date, area, points
