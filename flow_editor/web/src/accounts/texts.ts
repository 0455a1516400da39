import { defineTexts } from "../texts";

export const accountTexts = defineTexts({
  en: {
    signIn: "Sign in",
    welcome: "Sign in to Careline",
    email: "E-mail",
    password: "Password",
    forgotten: "Forgotten your password? Ask the person who looks after Careline at your clinic for a new link.",
    signOut: "Sign out",
    account: "Your account",
    language: "Language",
    appearance: "Appearance",
    light: "Light",
    dark: "Dark",
    auto: "As the device",
    signedInAs: (name: string) => `Signed in as ${name}`,
  },
  es: {
    signIn: "Entrar",
    welcome: "Entrar en Careline",
    email: "Correo electrónico",
    password: "Contraseña",
    forgotten: "¿Olvidó su contraseña? Pida un enlace nuevo a quien se ocupa de Careline en su clínica.",
    signOut: "Salir",
    account: "Su cuenta",
    language: "Idioma",
    appearance: "Apariencia",
    light: "Clara",
    dark: "Oscura",
    auto: "Como el dispositivo",
    signedInAs: (name: string) => `Ha entrado como ${name}`,
  },
});
