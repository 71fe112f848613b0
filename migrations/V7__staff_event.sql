-- What staff did, beyond the five kinds of event that Django's audit log can show: it breaks on any other, so these have a
-- table of their own, which it never reads. Like its events, these have no foreign keys and are never changed or deleted:
-- they outlive what they speak of.
-- about_model is a model's name as in jobserver_auditableevent, such as "jobserver.Org"; about_label is what the thing was
-- called then. changes is a list of {"field", "old", "new"}.

CREATE TABLE staff_event (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    type         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text NOT NULL,
    about_model  text NOT NULL,
    about_id     text NOT NULL,
    about_label  text NOT NULL,
    target_user  text NOT NULL DEFAULT '',
    project_id   integer,
    changes      jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT staff_event_pkey PRIMARY KEY (id)
);

-- The log of everything, of what somebody did, of what was done to somebody, of a project, of one thing; newest first.
CREATE INDEX staff_event_created_ix ON staff_event (created_at DESC, id DESC);
CREATE INDEX staff_event_created_by_ix ON staff_event (created_by, created_at DESC, id DESC);
CREATE INDEX staff_event_target_user_ix ON staff_event (target_user, created_at DESC, id DESC) WHERE target_user <> '';
CREATE INDEX staff_event_project_ix ON staff_event (project_id, created_at DESC, id DESC) WHERE project_id IS NOT NULL;
CREATE INDEX staff_event_about_ix ON staff_event (about_model, about_id, created_at DESC, id DESC);
