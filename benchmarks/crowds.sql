-- Consultations as large as they get; statements are separated by empty lines.
-- Takes :body, :consultations, :people, :comments, :replies (under the first root), :few, :per_comment.
INSERT INTO consultation (id, name, owner_org, kind, state, title_translated, search_text,
    primary_lang, opens_at, closes_at, response_due_at, settings, created_at, changed_at,
    published_at)
SELECT 'bench-' || n, 'bench-' || n, :body, 'law', 'published',
    jsonb_build_object('ar', 'مشروع قانون عدد ' || n, 'fr', 'Projet de loi ' || n),
    'projet de loi ' || n, 'fr', now() - interval '10 days',
    now() + interval '10 days' + n * interval '1 minute', now() + interval '60 days',
    jsonb_build_object('moderation', 'post'), now(), now(), now()
FROM generate_series(1, :consultations) n;

-- A text of 1,000 paragraphs in two versions; every fifth comment is on one of them.
INSERT INTO consultation_document (id, consultation_id, position)
SELECT 'd-' || c, c, 1 FROM unnest(ARRAY['bench-1', 'bench-2']) c;

INSERT INTO consultation_document_version (id, document_id, number, state, published_at)
SELECT 'v-' || c || '-' || v, 'd-' || c, v, 'published', now() - (3 - v) * interval '1 day'
FROM unnest(ARRAY['bench-1', 'bench-2']) c, generate_series(1, 2) v;

INSERT INTO consultation_node (version_id, eid, position, kind, number, heading, body, body_sha256)
SELECT 'v-' || c || '-' || v, 'p_' || n, n, 'paragraph', '{}', '{}',
    jsonb_build_object('fr', 'Les autobus passent toutes les dix minutes. ' || n), '\x00'
FROM unnest(ARRAY['bench-1', 'bench-2']) c, generate_series(1, 2) v, generate_series(1, 1000) n;

INSERT INTO consultation_participant (id, consultation_id, number, kind, created_at)
SELECT 'p-' || c || '-' || n, c, n, 'account', now()
FROM unnest(ARRAY['bench-1', 'bench-2']) c, generate_series(1, :people) n;

INSERT INTO consultation_comment (id, consultation_id, participant_id, parent_id, root_id, depth,
    version_id, eid, lang, body, search_text, state, channel, client_token, score, created_at,
    published_at, norm_sha256)
SELECT c || '-' || n, c, 'p-' || c || '-' || (1 + n % :people), parent,
    coalesce(parent, c || '-' || n), CASE WHEN parent IS NULL THEN 0 ELSE 1 END,
    CASE WHEN parent IS NULL AND n % 5 = 0 THEN 'v-' || c || '-1' END,
    CASE WHEN parent IS NULL AND n % 5 = 0 THEN 'p_' || (1 + n % 1000) END,
    CASE n % 2 WHEN 0 THEN 'ar' ELSE 'fr' END, words || ' (' || n || ')', lower(words),
    CASE WHEN n % 100 = 7 THEN 'hidden' ELSE 'published' END, 'web', md5(c || n)::uuid,
    (n * 7919) % 1000000, now() - (count - n) * interval '1 second',
    now() - (count - n) * interval '1 second', sha256((c || n)::bytea)
FROM (
    SELECT c, count, n, CASE WHEN n > 10 AND n <= 10 + replies THEN c || '-1'
        WHEN n % 3 = 0 AND n > 10 + replies THEN c || '-' || (n - 1) END AS parent,
        (ARRAY['الحافلة متأخّرة كلّ صباح وننتظر طويلا تحت الشمس دون مقعد ولا ظلّ',
            'Les bus passent trop rarement le soir, et l''arrêt est loin de chez nous.',
            'نقترح أن تكون المحطّات مهيّأة لذوي الإعاقة وأن تُعلَن المواعيد بالصوت',
            'Qui contrôle la propreté ? Rien ne dit à qui se plaindre.'])[1 + n % 4] AS words
    FROM (VALUES ('bench-1', CAST(:comments AS int), CAST(:replies AS int)),
        ('bench-2', CAST(:few AS int), 10)) each (c, count, replies), generate_series(1, count) n
) numbered ORDER BY c, n;

INSERT INTO consultation_anchor (comment_id, version_id, eid, state, seq)
SELECT id, version_id, eid, 'same', seq FROM consultation_comment WHERE eid IS NOT NULL;

INSERT INTO consultation_anchor (comment_id, version_id, eid, state, seq)
SELECT id, 'v-' || consultation_id || '-2', eid, 'edited', seq
FROM consultation_comment WHERE eid IS NOT NULL;

INSERT INTO consultation_decision (id, consultation_id, comment_id, decision, reason, decided_at,
    waited_since)
SELECT 'x-' || id, consultation_id, id, 'hide', 'abuse', now(), now()
FROM consultation_comment WHERE state = 'hidden';

INSERT INTO consultation_reply (id, consultation_id, comment_id, decision, text_translated,
    created_at, changed_at, published_at)
SELECT 'r-' || id, consultation_id, id, 'in-part', '{"fr": "Le soir, un bus de plus par heure."}',
    now(), now(), now()
FROM consultation_comment WHERE seq % 50 = 0 AND state = 'published';

INSERT INTO consultation_change_link (reply_id, version_id, eid, change)
SELECT id, 'v-' || consultation_id || '-2', 'p_1', 'changed' FROM consultation_reply;

INSERT INTO consultation_vote (comment_id, participant_id, consultation_id, value, changed_at)
SELECT 'bench-1-' || n, 'p-bench-1-' || (1 + (n + v * 37) % :people), 'bench-1', (n + v) % 3 - 1,
    now()
FROM generate_series(1, :comments) n, generate_series(1, :per_comment) v;

UPDATE consultation_comment c SET reply_count = r.count
FROM (SELECT parent_id, count(*) FROM consultation_comment WHERE parent_id IS NOT NULL
    GROUP BY parent_id) r WHERE r.parent_id = c.id;

UPDATE consultation_comment c SET for_count = v.for, neutral_count = v.neutral,
    against_count = v.against
FROM (SELECT comment_id, count(*) FILTER (WHERE value = 1) AS for,
    count(*) FILTER (WHERE value = 0) AS neutral, count(*) FILTER (WHERE value = -1) AS against
    FROM consultation_vote GROUP BY comment_id) v WHERE v.comment_id = c.id;

VACUUM ANALYZE
