import { defineTexts } from "../texts";

export const numberTexts = defineTexts({
  en: {
    title: "Numbers",
    description: "The numbers that patients dial, and the flow that answers each.",
    make: "Add a number",
    emptyTitle: "No number yet",
    empty:
      "Add the number that patients dial, and choose the flow that answers it. You can draw the flow first, or later.",
    number: "Number",
    numberHelp: "As it is dialled, with its area code.",
    label: "Label",
    labelHelp: "What you call it: “Main line”, “Refills”.",
    state: "State",
    states: {
      planned: "Planned",
      porting: "Being ported",
      testing: "Being tested",
      live: "Live",
      retired: "Retired",
    },
    stateHelp: {
      planned:
        "You do not have it yet. Your own phones still reach whoever has it now; should a call arrive here, its flow answers.",
      porting:
        "It is on its way from another provider. Your own phones still reach it there; calls that arrive here already are answered by its flow.",
      testing: "Its flow answers. Calls count as tests, and not in any report.",
      live: "Patients dial it, and its flow answers.",
      retired: "You have given it up. Calls that still arrive go to the default line.",
    },
    flow: "Flow that answers",
    flowHelp: "Without one, callers reach the default line.",
    noFlow: "No flow: the default line answers",
    notLive: (flow: string) => `${flow} (nothing of it is live yet)`,
    backup: "Backup line",
    backupHelp:
      "A telephone that rings by itself should nothing of Careline be there to answer: a mobile, or a neighbour's line.",
    published: "Printed where patients read it",
    publishedHelp: "Its flow must then say the sentence about emergencies first.",
    callNow: "Call it now",
    callNowHelp:
      "Call this number from any telephone: the call shows here as it arrives, with the number in the form in which your provider sent it.",
    waiting: "Waiting for a call …",
    arrived: (when: string) => `Arrived ${when}`,
    sentAs: (form: string) => `The provider sent the number as ${form}`,
    from: (caller: string) => `from ${caller}`,
    onTheLine: "On the line now",
    test: "Counts as a test",
    earlyTitle: "Calls arrive already",
    early: "This number is not live yet, but a call has come to it. Once you have tried it, make it live.",
    unanswered: "Calls to numbers that nobody answers",
    unansweredHelp:
      "In the last 30 days somebody called these, and no flow of their own was there. The default line took them, if there is one.",
    calls: (count: number, when: string) => (count === 1 ? `1 call, ${when}` : `${count} calls, the last ${when}`),
    addIt: "Add this number",
    giveFlow: "Choose its flow",
    defaultLine: "Default line",
    defaultHelp: "The flow that answers when no other does: a number without a flow, or one that is not in this list.",
    noDefault: "None: such callers reach a backup line only",
  },
  es: {
    title: "Números",
    description: "Los números que marcan los pacientes y el flujo que responde a cada uno.",
    make: "Añadir un número",
    emptyTitle: "Todavía no hay números",
    empty:
      "Añada el número que marcan los pacientes y elija el flujo que responde. Puede dibujar el flujo antes o después.",
    number: "Número",
    numberHelp: "Como se marca, con su código de área.",
    label: "Rótulo",
    labelHelp: "Cómo lo llama usted: «Línea principal», «Recetas».",
    state: "Estado",
    states: {
      planned: "Previsto",
      porting: "En portabilidad",
      testing: "En prueba",
      live: "En servicio",
      retired: "Retirado",
    },
    stateHelp: {
      planned:
        "Todavía no es suyo. Sus teléfonos siguen llegando a quien lo tiene ahora; si una llamada llegara aquí, responde su flujo.",
      porting:
        "Está en camino desde otro proveedor. Sus teléfonos siguen llegando allí; las llamadas que ya llegan aquí las responde su flujo.",
      testing: "Responde su flujo. Las llamadas cuentan como pruebas y no aparecen en los informes.",
      live: "Los pacientes lo marcan y responde su flujo.",
      retired: "Ya no es suyo. Las llamadas que todavía llegan van a la línea por defecto.",
    },
    flow: "Flujo que responde",
    flowHelp: "Sin ninguno, las personas llegan a la línea por defecto.",
    noFlow: "Sin flujo: responde la línea por defecto",
    notLive: (flow: string) => `${flow} (todavía sin nada en servicio)`,
    backup: "Línea de respaldo",
    backupHelp:
      "Un teléfono que suena por sí solo si nada de Careline puede responder: un móvil o la línea de un vecino.",
    published: "Impreso donde lo leen los pacientes",
    publishedHelp: "Entonces su flujo debe decir primero la frase sobre emergencias.",
    callNow: "Llame ahora",
    callNowHelp:
      "Llame a este número desde cualquier teléfono: la llamada aparece aquí al llegar, con el número en la forma en que lo envió su proveedor.",
    waiting: "Esperando una llamada …",
    arrived: (when: string) => `Llegó ${when}`,
    sentAs: (form: string) => `El proveedor envió el número como ${form}`,
    from: (caller: string) => `de ${caller}`,
    onTheLine: "En línea ahora",
    test: "Cuenta como prueba",
    earlyTitle: "Ya llegan llamadas",
    early:
      "Este número todavía no está en servicio, pero le ha llegado una llamada. Cuando lo haya probado, póngalo en servicio.",
    unanswered: "Llamadas a números que nadie responde",
    unansweredHelp:
      "En los últimos 30 días alguien llamó a estos números y no había ningún flujo propio. Las tomó la línea por defecto, si la hay.",
    calls: (count: number, when: string) =>
      count === 1 ? `1 llamada, ${when}` : `${count} llamadas, la última ${when}`,
    addIt: "Añadir este número",
    giveFlow: "Elegir su flujo",
    defaultLine: "Línea por defecto",
    defaultHelp: "El flujo que responde cuando no hay otro: un número sin flujo, o uno que no está en esta lista.",
    noDefault: "Ninguno: esas personas solo llegan a una línea de respaldo",
  },
});
