-- The desk makes, extends and dissolves temporary formations from a screen; each step is audited.

GRANT UPDATE (valid_until, made_by), DELETE ON temporary_group TO huangyu_reader;
CREATE POLICY access_update ON temporary_group FOR UPDATE TO huangyu_reader
    USING ((SELECT access_sees_sea())) WITH CHECK ((SELECT access_sees_sea()));
CREATE POLICY access_delete ON temporary_group FOR DELETE TO huangyu_reader USING ((SELECT access_sees_sea()));
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON temporary_group FOR EACH ROW EXECUTE FUNCTION audit_row('group_id');
