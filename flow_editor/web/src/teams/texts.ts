import { defineTexts } from "../texts";

export const teamTexts = defineTexts({
  en: {
    title: "Teams",
    description: "People who share work. A flow rings a team; its members are rung in this order, or all at once.",
    make: "New team",
    emptyTitle: "No team yet",
    empty:
      "Make a team of the people who answer the same calls, such as the front desk. Add the people first, on the page “People and phones”.",
    members: "Members",
    membersHelp: "In the order in which they are rung one after another. Drag them, or use the arrows.",
    noMembers: "Nobody yet: calls to this team would ring nowhere.",
    addMember: "Add somebody",
    gone: "Somebody who is not here any more",
  },
  es: {
    title: "Equipos",
    description:
      "Personas que comparten trabajo. Un flujo llama a un equipo; sus miembros suenan en este orden, o todos a la vez.",
    make: "Equipo nuevo",
    emptyTitle: "Todavía no hay equipos",
    empty:
      "Forme un equipo con las personas que atienden las mismas llamadas, como la recepción. Antes añada a las personas en la página «Personas y teléfonos».",
    members: "Miembros",
    membersHelp: "En el orden en que suenan uno tras otro. Arrástrelos o use las flechas.",
    noMembers: "Todavía nadie: las llamadas a este equipo no sonarían en ningún sitio.",
    addMember: "Añadir a alguien",
    gone: "Alguien que ya no está aquí",
  },
});
