-- What was written to GitHub about a release request of Airlock, so that it is written once: the issue of the request
-- (part 'issue') and each comment on it (part: the comment's marker).
-- GitHub may have done what it was asked although its answer was lost. So before each call the row says until when that
-- call may still take effect (asked_until); a later attempt looks for the result at GitHub before it asks again.
-- owner and repo are in lower case, because GitHub does not tell cases apart.

CREATE TABLE release_request_post (
    owner       text NOT NULL,
    repo        text NOT NULL,
    request     text NOT NULL,
    part        text NOT NULL,
    asked_until timestamptz,
    written_at  timestamptz,
    number      bigint,
    url         text,
    CONSTRAINT release_request_post_pkey PRIMARY KEY (owner, repo, request, part),
    CONSTRAINT release_request_post_an_issue_has_a_number
        CHECK (part <> 'issue' OR written_at IS NULL OR number IS NOT NULL)
);
