import { defineTexts } from "../texts";

export const skillTexts = defineTexts({
  en: {
    title: "Skills",
    description:
      "What only some of the staff can do: a language, a kind of question. A flow says which skill a call needs; callers in line then reach those who have it.",
    make: "New skill",
    emptyTitle: "No skill yet",
    empty:
      "Make a skill for what not everybody can do, such as “Spanish” or “Insurance questions”, and say who has it and how well. Without skills, callers reach whoever is free.",
    people: "Who has it",
    peopleHelp: "How well decides who is asked first, and who is asked at all where a call needs more than a little.",
    nobody: "Nobody yet: calls that need it would wait until less is needed.",
    addPerson: "Add somebody",
    person: "Skills",
    personHelp: "What they can do that not everybody can. Callers in line reach those who have the skill they need.",
    none: "None: they answer calls that need nothing special.",
    addSkill: "Add a skill",
    levelOf: (name: string) => `How well: ${name}`,
    levels: { 1: "1 – a little", 2: "2 – fairly", 3: "3 – well", 4: "4 – very well", 5: "5 – expert" },
    gone: "Not here any more",
    had: (name: string, level: number) => `${name} (${level})`,
  },
  es: {
    title: "Habilidades",
    description:
      "Lo que solo sabe hacer una parte del personal: un idioma, un tipo de consulta. Un flujo dice qué habilidad necesita una llamada; quien espera llega entonces a quienes la tienen.",
    make: "Habilidad nueva",
    emptyTitle: "Todavía no hay habilidades",
    empty:
      "Cree una habilidad para lo que no sabe hacer todo el mundo, como «español» o «consultas de seguros», y diga quién la tiene y en qué medida. Sin habilidades, quien llama llega a quien esté libre.",
    people: "Quién la tiene",
    peopleHelp:
      "La medida decide a quién se llama primero y a quién se llama siquiera cuando hace falta más que un poco.",
    nobody: "Todavía nadie: las llamadas que la necesitan esperarían hasta que haga falta menos.",
    addPerson: "Añadir a alguien",
    person: "Habilidades",
    personHelp:
      "Lo que sabe hacer y no sabe todo el mundo. Quien espera llega a quienes tienen la habilidad que necesita.",
    none: "Ninguna: atiende llamadas que no necesitan nada especial.",
    addSkill: "Añadir una habilidad",
    levelOf: (name: string) => `En qué medida: ${name}`,
    levels: { 1: "1 – un poco", 2: "2 – bastante", 3: "3 – bien", 4: "4 – muy bien", 5: "5 – experto" },
    gone: "Ya no está aquí",
    had: (name: string, level: number) => `${name} (${level})`,
  },
});
