"""Queues

Skills, queues and providers as staff set them up; agents, callers in line, offers, held places, what was announced and
learnt, orders, and notes on calls; screens on a wall. A subject's tables are made in one function and dropped in the next.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_queues()
    make_providers()
    make_waiting()
    make_notes()
    make_screens()


def downgrade() -> None:
    drop_screens()
    drop_notes()
    drop_waiting()
    drop_providers()
    drop_queues()


def make_queues() -> None:
    op.create_table(
        "skills",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("location_id", sa.String(length=40), nullable=True),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_skills_location_id_locations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skills")),
        sa.UniqueConstraint("name", name=op.f("uq_skills_name")),
    )
    op.create_index(op.f("ix_skills_location_id"), "skills", ["location_id"])
    op.create_table(
        "queues",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("location_id", sa.String(length=40), nullable=True),
        sa.Column("hours_id", sa.String(length=40), nullable=True),
        sa.Column("callback_hours_id", sa.String(length=40), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["callback_hours_id"], ["hours.id"], name=op.f("fk_queues_callback_hours_id_hours")),
        sa.ForeignKeyConstraint(["hours_id"], ["hours.id"], name=op.f("fk_queues_hours_id_hours")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_queues_location_id_locations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues")),
        sa.UniqueConstraint("name", name=op.f("uq_queues_name")),
    )
    op.create_index(op.f("ix_queues_callback_hours_id"), "queues", ["callback_hours_id"], unique=False)
    op.create_index(op.f("ix_queues_hours_id"), "queues", ["hours_id"], unique=False)
    op.create_index(op.f("ix_queues_location_id"), "queues", ["location_id"], unique=False)
    op.create_table(
        "queue_teams",
        sa.Column("queue_id", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("joins_after", sa.Integer(), nullable=True),
        sa.Column("leaves_below", sa.Integer(), nullable=True),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_queue_teams_queue_id_queues"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_queue_teams_team_id_teams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_teams")),
        sa.UniqueConstraint("queue_id", "team_id", name=op.f("uq_queue_teams_queue_id_team_id")),
    )
    op.create_index(op.f("ix_queue_teams_team_id"), "queue_teams", ["team_id"], unique=False)
    op.create_table(
        "person_skills",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("skill_id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_person_skills_level")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_skills_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["skill_id"], ["skills.id"], name=op.f("fk_person_skills_skill_id_skills"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_skills")),
        sa.UniqueConstraint("person_id", "skill_id", name=op.f("uq_person_skills_person_id_skill_id")),
    )
    op.create_index(op.f("ix_person_skills_skill_id"), "person_skills", ["skill_id"], unique=False)


def drop_queues() -> None:
    op.drop_table("person_skills")
    op.drop_table("queue_teams")
    op.drop_table("queues")
    op.drop_table("skills")


def make_providers() -> None:
    op.create_table(
        "providers",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("spoken", sa.String(length=200), nullable=False),
        sa.Column("location_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("queue_id", sa.String(length=40), nullable=True),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_providers_location_id_locations")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_providers_person_id_people")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_providers_queue_id_queues")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
        sa.UniqueConstraint("name", name=op.f("uq_providers_name")),
    )
    op.create_index(op.f("ix_providers_location_id"), "providers", ["location_id"], unique=False)
    op.create_index(op.f("ix_providers_person_id"), "providers", ["person_id"], unique=False)
    op.create_index(op.f("ix_providers_queue_id"), "providers", ["queue_id"], unique=False)
    op.create_table(
        "absences",
        sa.Column("provider_id", sa.String(length=40), nullable=False),
        sa.Column("cover_id", sa.String(length=40), nullable=True),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["cover_id"], ["providers.id"], name=op.f("fk_absences_cover_id_providers")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_absences_provider_id_providers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_provider_id"), "absences", ["provider_id"])
    op.create_index(op.f("ix_absences_cover_id"), "absences", ["cover_id"])
    op.create_table(
        "expected_calls",
        sa.Column("provider_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("list_id", sa.String(length=40), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["contact_lists.id"], name=op.f("fk_expected_calls_list_id_contact_lists"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_expected_calls_provider_id_providers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_calls")),
    )
    op.create_index(op.f("ix_expected_calls_list_id"), "expected_calls", ["list_id"], unique=False)
    op.create_index(op.f("ix_expected_calls_provider_id"), "expected_calls", ["provider_id"], unique=False)


def drop_providers() -> None:
    op.drop_table("expected_calls")
    op.drop_table("absences")
    op.drop_table("providers")


def make_waiting() -> None:
    op.create_table(
        "agents",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("then", sa.String(length=24), nullable=True),
        sa.Column("then_reason", sa.String(length=200), nullable=False),
        sa.Column("told", sa.String(length=24), nullable=True),
        sa.Column("phone_id", sa.String(length=40), nullable=True),
        sa.Column("offer_id", sa.String(length=40), nullable=True),
        sa.Column("entry_id", sa.String(length=40), nullable=True),
        sa.Column("idle_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("misses", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_agents_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_agents")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("queue_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.String(length=40), nullable=True),
        sa.Column("caller", sa.String(length=64), nullable=True),
        sa.Column("caller_name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head_start", sa.Integer(), nullable=False),
        sa.Column("place_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("required", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("preferred", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("wanted_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("sent_by", sa.String(length=40), nullable=True),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("waited", sa.Double(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(op.f("ix_entries_call_id"), "entries", ["call_id"], unique=False)
    op.create_index(
        "uq_entries_one_a_call",
        "entries",
        ["call_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_entries_open",
        "entries",
        ["queue_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_entries_queue_id_ended_at"), "entries", ["queue_id", "ended_at"], unique=False)
    op.create_table(
        "queue_offers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("queue_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_offers")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(op.f("ix_queue_offers_entry_id"), "queue_offers", ["entry_id"], unique=False)
    op.create_index(
        "ix_queue_offers_open",
        "queue_offers",
        ["entry_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_queue_offers_one_an_agent",
        "queue_offers",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "announced_waits",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("queue_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("p50", sa.Double(), nullable=True),
        sa.Column("p90", sa.Double(), nullable=True),
        sa.Column("least", sa.Double(), nullable=True),
        sa.Column("most", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announced_waits")),
    )
    op.create_index(op.f("ix_announced_waits_entry_id"), "announced_waits", ["entry_id"], unique=False)
    op.create_index(op.f("ix_announced_waits_queue_id_at"), "announced_waits", ["queue_id", "at"], unique=False)
    op.create_table(
        "held_places",
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dialled", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("missed", sa.SmallInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_by", sa.String(length=120), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("switch", sa.String(length=120), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("bookmark", sa.String(length=4096), nullable=False),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_held_places")),
    )
    op.create_index(
        "ix_held_places_open",
        "held_places",
        ["state"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "helping_teams",
        sa.Column("queue_id", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("queue_id", "team_id", name=op.f("pk_helping_teams")),
    )
    op.create_table(
        "wait_models",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("learnt", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_wait_models")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("entry_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=120), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(
        "ix_orders_open",
        "orders",
        ["made_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def drop_waiting() -> None:
    op.drop_table("orders")
    op.drop_table("wait_models")
    op.drop_table("helping_teams")
    op.drop_table("held_places")
    op.drop_table("announced_waits")
    op.drop_table("queue_offers")
    op.drop_table("entries")
    op.drop_table("agents")


def make_notes() -> None:
    op.create_table(
        "call_notes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("location_id", sa.String(length=40), nullable=True),
        sa.Column("caller", sa.String(length=64), nullable=True),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_notes")),
        sa.UniqueConstraint("call_id", "person_id", name=op.f("uq_call_notes_call_id_person_id")),
    )
    op.create_index(op.f("ix_call_notes_caller_made_at"), "call_notes", ["caller", "made_at"], unique=False)


def drop_notes() -> None:
    op.drop_table("call_notes")


def make_screens() -> None:
    op.create_table(
        "screens",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("location_id", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_screens_location_id_locations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screens")),
        sa.UniqueConstraint("code", name=op.f("uq_screens_code")),
        sa.UniqueConstraint("name", name=op.f("uq_screens_name")),
        sa.UniqueConstraint("token", name=op.f("uq_screens_token")),
    )
    op.create_index(op.f("ix_screens_location_id"), "screens", ["location_id"], unique=False)


def drop_screens() -> None:
    op.drop_table("screens")
