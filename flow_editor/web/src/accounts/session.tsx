/** Who is signed in, and what they may do. */
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api, got, Refused, setAnswerLanguage, setCsrf, whenSignedOut } from "../api/client";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { forgetSent } from "../canvas/model/kept";
import { connect, disconnect, socket, useChanged } from "../live";
import { backInSetUp } from "../setup/leaving";
import { isLanguage, type Language, LanguageContext, rememberedLanguage, rememberLanguage } from "../texts";
import { forgetAllTyped } from "../things/typed";

export type Session = components["schemas"]["SessionOut"];
export type Permission = Session["permissions"][number];

interface Accounts {
  /** null: nobody is signed in; undefined: not known yet. */
  session: Session | null | undefined;
  error: Error | null;
  signIn(email: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** Choose a password by a link, and be signed in. */
  accept(token: string, chosen: { name: string; email: string; password: string }): Promise<void>;
  setLanguage(language: Language): void;
}

const AccountsContext = createContext<Accounts | null>(null);
/** The query of who is signed in. */
export const KEY = ["session"];
const HERE = "careline-signed-in";

// Whoever was signed in here the last time most likely still is: the connection is made while that is being asked.
if (localStorage.getItem(HERE)) connect();

async function whoIsSignedIn(): Promise<Session | null> {
  try {
    return await got(api.GET("/api/session"));
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return null;
    throw error;
  }
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const { data: session, error } = useQuery({
    queryKey: KEY,
    queryFn: whoIsSignedIn,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [language, chooseLanguage] = useState<Language>(rememberedLanguage);
  const id = session?.person.id;
  const theirs = session?.person.language;

  if (session) setCsrf(session.csrf);
  setAnswerLanguage(language);

  const speak = useCallback((chosen: Language) => {
    rememberLanguage(chosen);
    chooseLanguage(chosen);
  }, []);

  const before = useRef({ id, theirs });
  useEffect(() => {
    if (isLanguage(theirs)) speak(theirs);
    // What the server has said is in the old language still.
    if (before.current.id === id && before.current.theirs !== theirs) void queries.invalidateQueries();
    before.current = { id, theirs };
  }, [id, theirs, speak]);
  // It may be chosen in another window, too.
  useChanged("people", ({ key }) => {
    if (id && (!key || key === id)) void queries.invalidateQueries({ queryKey: KEY });
  });
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    const signedOut = () => queries.setQueryData(KEY, null);
    whenSignedOut(signedOut);
    socket.on("signed out", signedOut);
    return () => {
      socket.off("signed out", signedOut);
    };
  }, []);
  useEffect(() => {
    if (id) {
      localStorage.setItem(HERE, "1");
      connect();
    } else if (session === null) {
      localStorage.removeItem(HERE);
      disconnect();
    }
  }, [id, session]);

  const accounts = useMemo<Accounts>(
    () => ({
      session,
      error,
      async signIn(email, password) {
        queries.setQueryData(KEY, await got(api.POST("/api/session", { body: { email, password } })));
      },
      async accept(token, chosen) {
        const accepted = api.POST("/api/welcome/{token}", { params: { path: { token } }, body: chosen });
        queries.setQueryData(KEY, await got(accepted));
      },
      async signOut() {
        await api.DELETE("/api/session");
        forgetSent();
        forgetAllTyped();
        backInSetUp();
        // Whoever still asks who is signed in would be told of the one who was; and what this component watches must stay.
        await queries.cancelQueries({ queryKey: KEY });
        queries.setQueryData(KEY, null);
        queries.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
      },
      setLanguage(chosen) {
        speak(chosen);
        setAnswerLanguage(chosen);
        if (session) {
          void got(api.PATCH("/api/session", { body: { language: chosen } })).then((changed) => {
            queries.setQueryData(KEY, changed);
          });
        }
      },
    }),
    [session, error, speak],
  );

  return (
    <AccountsContext value={accounts}>
      <LanguageContext value={language}>{children}</LanguageContext>
    </AccountsContext>
  );
}

export function useAccounts(): Accounts {
  const accounts = useContext(AccountsContext);
  if (!accounts) throw new Error("outside of SessionProvider");
  return accounts;
}

/** The session of whoever is signed in; only for pages inside the frame, which nobody sees otherwise. */
export function useSession(): Session {
  const { session } = useAccounts();
  if (!session) throw new Error("nobody is signed in");
  return session;
}

/** Whether the person may do this, anywhere. The server decides; this only hides what would be refused. */
export function useMay(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}
