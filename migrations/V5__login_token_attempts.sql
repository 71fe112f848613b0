-- How often somebody has tried to sign in to Level 4 with a login token in vain, counted by all processes together.
-- subject is 'user:' and a primary key, or 'address:' and the address that the attempt came from. A count is over when
-- counted_since is longer ago than the window in domain::login_tokens. No foreign key: the other server that deletes people
-- does not know this table.

CREATE TABLE login_token_attempt (
    subject       text NOT NULL,
    attempts      integer NOT NULL,
    counted_since timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT login_token_attempt_pkey PRIMARY KEY (subject)
);
