-- An order to call a district says its text in English too, for contacts who read it.

ALTER TABLE campaign_order ADD COLUMN text_en text NOT NULL DEFAULT '' CHECK (length(text_en) <= 400);
COMMENT ON COLUMN campaign_order.text_en IS 'What people are told in English; empty: the Chinese text';
