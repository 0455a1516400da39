/** One on-call rota: its calendar, swaps and steps. */
import { useState } from "react";
import { OwnZone, useZoneOf } from "../hours/ZoneField";
import { useTexts } from "../texts";
import { NameAndLocation } from "../things/fields";
import { ROTAS } from "../things/kinds";
import { Part } from "../things/Part";
import { ThingPage } from "../things/ThingPage";
import { newStep, type Plan, type RotaForm, type RotaLine } from "./form";
import { RotaCalendar } from "./RotaCalendar";
import { Steps } from "./Steps";
import { Swaps } from "./Swaps";
import { rotaTexts } from "./texts";

export default function RotaPage() {
  const t = useTexts(rotaTexts);
  const zoneOf = useZoneOf();
  const [begun, begin] = useState<string | null>(null);
  return (
    <ThingPage<RotaForm, RotaLine>
      kind={ROTAS}
      newTitle={t.make}
      replaceable
      blank={() => ({ name: "", location: null, zone: null, plan: { steps: [newStep()], swaps: [] } })}
    >
      {(filling) => {
        const { form, set, readOnly } = filling;
        const zone = zoneOf(filling);
        const put = (some: Partial<Plan>) => set({ plan: { ...form.plan, ...some } });
        return (
          <>
            <NameAndLocation filling={filling} />
            <OwnZone filling={filling} zone={zone} />
            <Part title={t.calendar} help={t.calendarHelp}>
              <RotaCalendar form={form} zone={zone} swap={readOnly ? null : begin} />
            </Part>
            <Part title={t.swaps} help={t.swapsHelp}>
              <Swaps
                plan={form.plan}
                zone={zone}
                readOnly={readOnly}
                begun={begun}
                onBegun={begin}
                onChange={(swaps) => put({ swaps })}
              />
            </Part>
            <Part title={t.steps} help={t.stepsHelp}>
              <Steps steps={form.plan.steps} zone={zone} readOnly={readOnly} onChange={(steps) => put({ steps })} />
            </Part>
          </>
        );
      }}
    </ThingPage>
  );
}
