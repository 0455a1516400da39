"""The flow editor

Accounts and roles, sign-ins, links; controllers and what they have taken up; drafts; publications and
jobs; test calls. A subject's tables are made in one function and dropped in the next.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_accounts()
    make_controllers()
    make_drafts()
    change_set_up()
    make_publications()
    make_listenings()
    let_versions_stay()
    make_test_calls()


def downgrade() -> None:
    drop_test_calls()
    tie_versions()
    drop_listenings()
    drop_publications()
    unchange_set_up()
    drop_drafts()
    drop_controllers()
    drop_accounts()


def make_accounts() -> None:
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("email", sa.String(length=200), nullable=True))
        people.add_column(sa.Column("reads", sa.String(length=8), nullable=True))
        people.add_column(sa.Column("password_hash", sa.String(length=200), nullable=True))
        people.create_unique_constraint(op.f("uq_people_email"), ["email"])
    op.create_table(
        "roles",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("location_id", sa.String(length=40), nullable=True),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_roles_location_id_locations")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_roles_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("person_id", "role", "location_id", name=op.f("uq_roles_person_id_role_location_id")),
    )
    op.create_index(op.f("ix_roles_person_id"), "roles", ["person_id"])
    op.create_index(op.f("ix_roles_location_id"), "roles", ["location_id"])
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_sign_ins_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_person_id_began_at"), "sign_ins", ["person_id", "began_at"])
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_links_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )


def drop_accounts() -> None:
    op.drop_table("links")
    op.drop_table("sign_ins")
    op.drop_table("roles")
    with op.batch_alter_table("people") as people:
        people.drop_constraint(op.f("uq_people_email"), type_="unique")
        people.drop_column("password_hash")
        people.drop_column("reads")
        people.drop_column("email")


def make_controllers() -> None:
    op.create_table(
        "controllers",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_controllers")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("controller", sa.String(length=120), nullable=False),
        sa.Column("flow_id", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("controller", "flow_id", name=op.f("pk_acknowledgements")),
    )


def make_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("flow_id", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("base_version_id", sa.String(length=40), nullable=True),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("flow_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "draft_updates",
        sa.Column("flow_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("update", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("flow_id", "seq", name=op.f("pk_draft_updates")),
    )
    op.create_table(
        "draft_presence",
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("flow_id", sa.String(length=40), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_draft_presence")),
    )
    op.create_index(op.f("ix_draft_presence_flow_id"), "draft_presence", ["flow_id"])


def drop_drafts() -> None:
    for table in ("draft_presence", "draft_updates", "drafts"):
        op.drop_table(table)


def drop_controllers() -> None:
    op.drop_table("acknowledgements")
    op.drop_table("controllers")


def change_set_up() -> None:
    op.add_column("numbers", sa.Column("state", sa.String(length=24), server_default="live", nullable=False))
    op.add_column("history", sa.Column("owner_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_history_owner_id_id"), "history", ["owner_id", "id"])
    op.create_table(
        "registrations",
        sa.Column("switch", sa.String(length=120), nullable=False),
        sa.Column("sip_user", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("switch", "sip_user", name=op.f("pk_registrations")),
    )


def unchange_set_up() -> None:
    op.drop_table("registrations")
    op.drop_index(op.f("ix_history_owner_id_id"), "history")
    op.drop_column("history", "owner_id")
    op.drop_column("numbers", "state")


def make_publications() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("flow_id", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.String(length=24), nullable=False),
        sa.Column("standing", sa.String(length=24), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("base_version_id", sa.String(length=40), nullable=True),
        sa.Column("replaced_version_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("failed", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["flow_versions.id"], name=op.f("fk_publications_version_id_flow_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    op.create_index(op.f("ix_publications_flow_id_standing"), "publications", ["flow_id", "standing"])
    op.create_table(
        "jobs",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "about", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_due_at"), "jobs", ["due_at"])


def drop_publications() -> None:
    op.drop_table("jobs")
    op.drop_table("publications")


def make_listenings() -> None:
    op.create_table(
        "listenings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_listenings_message_id_messages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listenings")),
    )
    op.create_index(op.f("ix_listenings_message_id_id"), "listenings", ["message_id", "id"])


def drop_listenings() -> None:
    op.drop_table("listenings")


def make_test_calls() -> None:
    op.create_table(
        "test_calls",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("flow_id", sa.String(length=40), nullable=False),
        sa.Column("document", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dialled", sa.String(length=64), nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=True),
        sa.Column("caller_name", sa.String(length=200), nullable=False),
        sa.Column("hours", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("web_services", sa.String(length=24), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_calls")),
    )
    op.create_index(op.f("ix_test_calls_began_at"), "test_calls", ["began_at"])
    op.create_table(
        "test_call_events",
        sa.Column("test_call_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("node", sa.String(length=40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("test_call_id", "number", name=op.f("pk_test_call_events")),
    )


def drop_test_calls() -> None:
    op.drop_table("test_call_events")
    op.drop_table("test_calls")


def let_versions_stay() -> None:
    with op.batch_alter_table("flow_versions") as versions:
        versions.drop_constraint(op.f("fk_flow_versions_flow_id_flows"), type_="foreignkey")


def tie_versions() -> None:
    op.execute("DELETE FROM flow_versions WHERE flow_id NOT IN (SELECT id FROM flows)")
    with op.batch_alter_table("flow_versions") as versions:
        versions.create_foreign_key(op.f("fk_flow_versions_flow_id_flows"), "flows", ["flow_id"], ["id"])
