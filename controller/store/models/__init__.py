"""Every table, by subject."""

from controller.store.models.accounts import HeldRole, Link, Purpose, Role, Screen, SignIn
from controller.store.models.base import Base, Kept, new_id
from controller.store.models.calls import CallRecord, CallStep, CallVariable
from controller.store.models.changes import Change, NoticeRow
from controller.store.models.contacts import Contact, ContactList, ContactNumber, ListEntry
from controller.store.models.controllers import Acknowledgement, ControllerRecord, Registration
from controller.store.models.drafts import Draft, DraftPresence, DraftUpdate
from controller.store.models.flows import Flow, FlowVersion
from controller.store.models.hours import Hours
from controller.store.models.mailboxes import Listening, Mailbox, Message
from controller.store.models.notes import CallNote
from controller.store.models.people import Person, Phone, PhoneKind, Team, TeamMember
from controller.store.models.places import Location, Number, NumberState
from controller.store.models.preferences import Preference
from controller.store.models.prompts import Prompt
from controller.store.models.publishing import Job, Occasion, Publication, Standing
from controller.store.models.queues import Absence, ExpectedCall, PersonSkill, Provider, Queue, QueueTeam, Skill
from controller.store.models.rotas import Rota, Turn
from controller.store.models.test_calls import TestCall, TestCallEvent, WebServices
from controller.store.models.trunks import Trunk
from controller.store.models.waiting import (
    Agent,
    Announced,
    Entry,
    HeldPlace,
    HelpingTeam,
    Order,
    QueueOffer,
    WaitModel,
)

__all__ = [
    "Absence",
    "Acknowledgement",
    "Agent",
    "Announced",
    "Base",
    "CallNote",
    "CallRecord",
    "CallStep",
    "CallVariable",
    "Change",
    "Contact",
    "ContactList",
    "ContactNumber",
    "ControllerRecord",
    "Draft",
    "DraftPresence",
    "DraftUpdate",
    "Entry",
    "ExpectedCall",
    "Flow",
    "FlowVersion",
    "HeldPlace",
    "HeldRole",
    "HelpingTeam",
    "Hours",
    "Job",
    "Kept",
    "Link",
    "ListEntry",
    "Listening",
    "Location",
    "Mailbox",
    "Message",
    "NoticeRow",
    "Number",
    "NumberState",
    "Occasion",
    "Order",
    "Person",
    "PersonSkill",
    "Phone",
    "PhoneKind",
    "Preference",
    "Prompt",
    "Provider",
    "Publication",
    "Purpose",
    "Queue",
    "QueueOffer",
    "QueueTeam",
    "Registration",
    "Role",
    "Rota",
    "Screen",
    "SignIn",
    "Skill",
    "Standing",
    "Team",
    "TeamMember",
    "TestCall",
    "TestCallEvent",
    "Trunk",
    "Turn",
    "WaitModel",
    "WebServices",
    "new_id",
]
