import { defineTexts } from "../texts";

export const mailboxTexts = defineTexts({
  en: {
    title: "Mailboxes",
    description: "Where callers leave messages, and what they hear there before the tone.",
    make: "New mailbox",
    emptyTitle: "No mailbox yet",
    empty:
      "Make one for each group of people who return calls, such as the nurses. Flows then let callers leave a message there.",
    name: "Name",
    greeting: "Greeting",
    messages: "Messages",
    unheard: (count: number) => `${count} new`,
    of: (count: number) => (count === 1 ? "1 message" : `${count} messages`),
    longest: "Longest message, in seconds",
    longestHelp: "A caller who speaks longer is cut off politely.",
    open: "Listen to its messages",
  },
  es: {
    title: "Buzones",
    description: "Dónde dejan mensajes quienes llaman, y qué oyen allí antes del tono.",
    make: "Buzón nuevo",
    emptyTitle: "Todavía no hay buzones",
    empty:
      "Cree uno para cada grupo que devuelve llamadas, como enfermería. Así los flujos dejan que quien llama deje allí un mensaje.",
    name: "Nombre",
    greeting: "Saludo",
    messages: "Mensajes",
    unheard: (count: number) => (count === 1 ? "1 nuevo" : `${count} nuevos`),
    of: (count: number) => (count === 1 ? "1 mensaje" : `${count} mensajes`),
    longest: "Mensaje más largo, en segundos",
    longestHelp: "Quien hable más tiempo es interrumpido con cortesía.",
    open: "Escuchar sus mensajes",
  },
});
