import { defineTexts } from "../texts";

export const preferenceTexts = defineTexts({
  en: {
    title: "Preferences",
    description: "What holds for your whole clinic.",
    organisation: "Name of your clinic",
    zone: "Time zone",
    zoneHelp: "Of what belongs to no single location.",
    languages: "Languages that callers are offered",
    languagesHelp: "The first is the one callers are spoken to in before they choose.",
    emergency: (language: string) => `Emergency sentence in ${language}`,
    emergencyHelp:
      "Callers of numbers that patients know must hear it first. A flow that does not say it is not published.",
    emergencyExample: "If this is an emergency, hang up and dial 911.",
    defaultFlow: "Default line",
    defaultFlowHelp: "The flow that answers calls to numbers without one.",
    none: "None: the backup line rings",
    pauseReasons: "Reasons for a pause",
    pauseReasonsHelp: "What people who take calls choose from. Empty: break, lunch, meeting, paperwork.",
    interpreters: "Interpreter lines",
    interpretersHelp:
      "The number that brings an interpreter into a call, for each language. Who takes calls has a button for it.",
    dispatch: "Emergency dispatch lines",
    dispatchHelp:
      "The ten-digit number of the dispatch centre at each location, to bring it into a call with a patient who needs help.",
    save: "Save",
    saved: "Preferences are saved",
    notYours: "Only to read: these are for whoever may change the whole organisation.",
  },
  es: {
    title: "Preferencias",
    description: "Lo que vale para toda su clínica.",
    organisation: "Nombre de su clínica",
    zone: "Zona horaria",
    zoneHelp: "De lo que no pertenece a una sola sede.",
    languages: "Idiomas que se ofrecen a quienes llaman",
    languagesHelp: "En el primero se habla a quienes llaman antes de que elijan.",
    emergency: (language: string) => `Frase de emergencia en ${language}`,
    emergencyHelp:
      "Quienes llaman a números que conocen los pacientes deben oírla primero. Un flujo que no la dice no se publica.",
    emergencyExample: "Si esto es una emergencia, cuelgue y marque el 911.",
    defaultFlow: "Línea por defecto",
    defaultFlowHelp: "El flujo que atiende las llamadas a números que no tienen uno.",
    none: "Ninguna: suena la línea de respaldo",
    pauseReasons: "Motivos de pausa",
    pauseReasonsHelp: "Entre lo que elige quien atiende llamadas. Vacío: descanso, comida, reunión, papeleo.",
    interpreters: "Líneas de interpretación",
    interpretersHelp:
      "El número que trae un intérprete a la llamada, por idioma. Quien atiende llamadas tiene un botón para ello.",
    dispatch: "Líneas del centro de emergencias",
    dispatchHelp:
      "El número de diez cifras del centro de emergencias de cada sede, para traerlo a la llamada de quien necesita ayuda.",
    save: "Guardar",
    saved: "Las preferencias están guardadas",
    notYours: "Solo para leer: son para quien puede cambiar toda la organización.",
  },
});
