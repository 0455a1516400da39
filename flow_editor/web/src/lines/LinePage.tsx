/** One line: its name here and on the switch, and whether it is in use. */
import { Switch, TextInput } from "@mantine/core";
import type { components } from "../api/schema";
import { useTexts } from "../texts";
import { LocationField, NameField } from "../things/fields";
import { LINES } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { lineTexts } from "./texts";

type Form = Required<components["schemas"]["LinesOne.LineForm"]>;
type Line = components["schemas"]["LinesOne.LineLine"];

export default function LinePage() {
  const t = useTexts(lineTexts);
  const blank = (): Form => ({ name: "", gateway: "", location: null, enabled: true });
  return (
    <ThingPage<Form, Line> kind={LINES} newTitle={t.make} blank={blank}>
      {(filling) => {
        const { form, set, errors, readOnly } = filling;
        return (
          <>
            <NameField filling={filling} />
            <TextInput
              label={t.gateway}
              description={t.gatewayHelp}
              required
              maxLength={64}
              value={form.gateway}
              error={errors.gateway}
              disabled={readOnly}
              onChange={(event) => set({ gateway: event.currentTarget.value })}
            />
            <LocationField value={form.location} disabled={readOnly} onChange={(location) => set({ location })} />
            <Switch
              label={t.enabled}
              description={t.enabledHelp}
              checked={form.enabled}
              disabled={readOnly}
              onChange={(event) => set({ enabled: event.currentTarget.checked })}
            />
          </>
        );
      }}
    </ThingPage>
  );
}
