/** What the pages know of providers, and expecting a call for one. */
import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import { useChanged } from "../live";
import { asJson } from "../things/calls";
import { PROVIDERS } from "../things/kinds";

type Schemas = components["schemas"];
export type ProviderForm = Required<Schemas["ProvidersOne.ProviderForm"]>;
export type ProviderLine = Schemas["ProvidersOne.ProviderLine"];
export type Absence = Schemas["ProvidersOne.AbsenceForm"];
export type Expected = ProviderLine["expected"][number];
export type ExpectedForm = Schemas["ExpectedForm"];
export type Expecting = Schemas["ExpectingNow.Expecting"];

/** What is shown of providers is asked for again when a part of one has changed. */
export function useProvidersWatched(): void {
  const again = () => void queries.invalidateQueries({ queryKey: [PROVIDERS.topic] });
  useChanged("expected_calls", again);
  useChanged("absences", again);
}

/** The providers for whom one may expect calls, oneself first. What has ended is gone within the minute. */
export function useExpecting(wanted: boolean) {
  useProvidersWatched();
  return useQuery({
    queryKey: [PROVIDERS.topic, "expecting"],
    queryFn: () => asJson<Schemas["ExpectingNow"]>("GET", "/api/expected-calls"),
    refetchInterval: 60_000,
    enabled: wanted,
  });
}

export function expect(provider: string, form: ExpectedForm): Promise<{ id: string }> {
  return asJson("POST", `/api/providers/${provider}/expected`, form);
}

/** Gives what it takes to expect it again. */
export function noLonger(provider: string, call: string): Promise<ExpectedForm> {
  return asJson("DELETE", `/api/providers/${provider}/expected/${call}`);
}
