-- One row per submitted form that asked for jobs. The form carries a random token, so that sending the same form again
-- (a double click, a reload) leads to the job request it already made instead of making a second one.

CREATE TABLE job_request_form_token (
    token          text NOT NULL,
    job_request_id integer NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT job_request_form_token_pkey PRIMARY KEY (token)
);
CREATE INDEX job_request_form_token_created_ix ON job_request_form_token (created_at);
