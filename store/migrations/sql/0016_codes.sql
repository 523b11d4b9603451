-- One-time codes are checked where the secret lies: no role can read a secret any more, and wrong codes count here.
-- SHA-1 and HMAC are written out, since the extension that has them is not part of every server we run on.

create function sha1_of(message bytea) returns bytea
language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    full_word constant bigint := 4294967295;
    padded bytea := message || '\x80'::bytea || decode(repeat('00', (119 - length(message) % 64) % 64), 'hex')
        || int8send(length(message)::bigint * 8);
    h bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    w bigint[];
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; x bigint;
begin
    for block in 0 .. length(padded) / 64 - 1 loop
        for t in 0 .. 15 loop
            w[t] := ('x' || encode(substring(padded from block * 64 + t * 4 + 1 for 4), 'hex'))::bit(32)::bigint;
        end loop;
        for t in 16 .. 79 loop
            x := w[t - 3] # w[t - 8] # w[t - 14] # w[t - 16];
            w[t] := ((x << 1) | (x >> 31)) & full_word;
        end loop;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        for t in 0 .. 79 loop
            f := case t / 20
                when 0 then ((b & c) | ((b # full_word) & d)) + 1518500249
                when 1 then (b # c # d) + 1859775393
                when 2 then ((b & c) | (b & d) | (c & d)) + 2400959708
                else (b # c # d) + 3395469782
            end;
            x := ((((a << 5) | (a >> 27)) & full_word) + f + e + w[t]) & full_word;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & full_word; b := a; a := x;
        end loop;
        h := array[(h[1] + a) & full_word, (h[2] + b) & full_word, (h[3] + c) & full_word, (h[4] + d) & full_word,
            (h[5] + e) & full_word];
    end loop;
    return (select decode(string_agg(lpad(to_hex(word), 8, '0'), '' order by place), 'hex')
        from unnest(h) with ordinality as u (word, place));
end $$;
comment on function sha1_of(bytea) is 'SHA-1 (FIPS 180-4, 6.1)';

create function hmac_sha1(key bytea, message bytea) returns bytea
language plpgsql immutable strict parallel safe set search_path = public, pg_temp as $$
declare
    inner_pad bytea := decode(repeat('36', 64), 'hex');
    outer_pad bytea := decode(repeat('5c', 64), 'hex');
    used bytea := case when length(key) > 64 then sha1_of(key) else key end;
begin
    for n in 0 .. length(used) - 1 loop
        inner_pad := set_byte(inner_pad, n, get_byte(inner_pad, n) # get_byte(used, n));
        outer_pad := set_byte(outer_pad, n, get_byte(outer_pad, n) # get_byte(used, n));
    end loop;
    return sha1_of(outer_pad || sha1_of(inner_pad || message));
end $$;
comment on function hmac_sha1(bytea, bytea) is 'HMAC-SHA-1 (RFC 2104)';

create function base32_bytes(given text) returns bytea
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select decode(string_agg(lpad(to_hex(substr(bits, 8 * n + 1, 8)::bit(8)::integer), 2, '0'), '' order by n), 'hex')
    from (
        select string_agg((strpos('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', letter) - 1)::bit(5)::text, '' order by place)
        from regexp_split_to_table(rtrim(given, '='), '') with ordinality as u (letter, place)
    ) as joined (bits), generate_series(0, length(bits) / 8 - 1) as n
$$;
comment on function base32_bytes(text) is 'Bytes of a Base32 text (RFC 4648, 6)';

create function one_time_code(secret text, step bigint) returns text
language plpgsql immutable strict parallel safe set search_path = public, pg_temp as $$
declare
    digest bytea := hmac_sha1(base32_bytes(secret), int8send(step));
    place integer := get_byte(digest, 19) & 15;
    word bigint := ('x' || encode(substring(digest from place + 1 for 4), 'hex'))::bit(32)::bigint & 2147483647;
begin
    return lpad((word % 1000000)::text, 6, '0');
end $$;
comment on function one_time_code(text, bigint) is 'Six-digit code of a step of 30 s since 1970 (RFC 4226, 5.3; RFC 6238)';

create function access_code(who integer, given text, tries integer, lock_s integer) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    kept person_second%rowtype;
    account person%rowtype;
    here bigint := floor(extract(epoch from clock_timestamp()) / 30);
    digits text := regexp_replace(given, '\s', '', 'g');
begin
    select * into kept from person_second where person_id = who for update;
    if not found then
        return true;
    end if;
    select * into account from person where person_id = who;
    if account.locked_until > now() then
        return false;
    end if;
    for step in reverse here + 1 .. here - 1 loop  -- RFC 6238, 5.2: one step either way for the phone's clock
        if step > kept.last_step and one_time_code(kept.secret, step) = digits then
            update person_second set last_step = step where person_id = who;
            return true;
        end if;
    end loop;
    if digits <> '' then
        perform access_failed(account.login, tries, lock_s);
    end if;
    return false;
end $$;
comment on function access_code(integer, text, integer, integer) is
    'Whether the account asks for no code, or this one is right and was never used; a wrong one counts like a wrong password';

create function access_has_second() returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
    select exists (select from person_second where person_id = access_person())
$$;
comment on function access_has_second() is 'Whether the own account asks for one-time codes';

drop function access_second(integer), access_second_used(integer, bigint);
comment on table person_second is 'One-time codes of a local account; no role reads it, only access_code checks against it';
revoke all on function sha1_of(bytea), hmac_sha1(bytea, bytea), base32_bytes(text), one_time_code(text, bigint),
    access_code(integer, text, integer, integer), access_has_second() from public;
grant execute on function access_code(integer, text, integer, integer), access_has_second() to huangyu_reader;
