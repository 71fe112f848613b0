-- How the actors of every process are doing, so that any process can show all of them. Each process writes its rows anew
-- every few seconds and removes them when it stops in order; rows that are no longer written belong to one that died.
-- process names a running process, such as "rapstatus@host:17". snapshot is the actor's health cell.

CREATE TABLE actor_health (
    process  text NOT NULL,
    actor    text NOT NULL,
    snapshot jsonb NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT actor_health_pkey PRIMARY KEY (process, actor)
);
