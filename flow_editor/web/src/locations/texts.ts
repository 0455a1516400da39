import { defineTexts } from "../texts";

export const locationTexts = defineTexts({
  en: {
    title: "Locations",
    description:
      "Where the clinic is. Each location has its own time zone, and may have its own hours, numbers and people.",
    make: "New location",
    emptyTitle: "No location yet",
    empty: "Add the place where your clinic is. Opening hours, numbers and people can then belong to it.",
    zone: "Time zone",
    zoneHelp: "Opening hours and on-call times count in this zone.",
    number: "Number shown",
    numberHelp: "What people see when somebody calls from here.",
    address: "Address for emergencies",
    addressHelp: "Where rescuers are to come when somebody here dials an emergency number. Street, town and room.",
    areaCodes: "Area codes",
    areaCodesHelp: "Callers whose number begins so are taken to belong to this location. Type one and press Enter.",
    postCodes: "Post codes",
    postCodesHelp: "Whole post codes, or how they begin. Type one and press Enter.",
    noAddress: "No address for emergencies yet",
  },
  es: {
    title: "Sedes",
    description:
      "Dónde está la clínica. Cada sede tiene su zona horaria y puede tener sus propios horarios, números y personas.",
    make: "Sede nueva",
    emptyTitle: "Todavía no hay sedes",
    empty:
      "Añada el lugar donde está su clínica. Después los horarios, los números y las personas pueden pertenecer a él.",
    zone: "Zona horaria",
    zoneHelp: "Los horarios y las guardias se cuentan en esta zona.",
    number: "Número que se muestra",
    numberHelp: "Lo que ven las personas cuando alguien llama desde aquí.",
    address: "Dirección para emergencias",
    addressHelp:
      "Adónde deben acudir los servicios de emergencia si alguien los llama desde aquí. Calle, ciudad y sala.",
    areaCodes: "Códigos de área",
    areaCodesHelp: "Quien llama con un número que empieza así se considera de esta sede. Escriba uno y pulse Intro.",
    postCodes: "Códigos postales",
    postCodesHelp: "Códigos postales enteros o su comienzo. Escriba uno y pulse Intro.",
    noAddress: "Sin dirección para emergencias todavía",
  },
});
