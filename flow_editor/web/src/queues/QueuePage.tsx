/** One queue: who answers, when, and the rules of waiting. */
import { useTexts } from "../texts";
import { NameAndLocation, ReferenceField } from "../things/fields";
import { QUEUES } from "../things/kinds";
import { Part } from "../things/Part";
import { ThingPage } from "../things/ThingPage";
import { type QueueForm, type QueueLine, RULES } from "./form";
import { RulesFields } from "./RulesFields";
import { Teams } from "./Teams";
import { queueTexts } from "./texts";

export default function QueuePage() {
  const t = useTexts(queueTexts);
  const blank = (): QueueForm => ({
    name: "",
    location: null,
    hours: null,
    callback_hours: null,
    teams: [],
    rules: RULES,
  });
  return (
    <ThingPage<QueueForm, QueueLine> kind={QUEUES} newTitle={t.make} replaceable blank={blank}>
      {(filling) => {
        const { form, set, errors, readOnly } = filling;
        return (
          <>
            <NameAndLocation filling={filling} />
            <Part title={t.teams} help={t.teamsHelp}>
              <Teams teams={form.teams} errors={errors} readOnly={readOnly} onChange={(teams) => set({ teams })} />
            </Part>
            <Part title={t.when}>
              <ReferenceField
                noun="hours"
                label={t.hours}
                placeholder={t.alwaysOpen}
                clearable
                value={form.hours}
                disabled={readOnly}
                onChange={(hours) => set({ hours })}
              />
              <ReferenceField
                noun="hours"
                label={t.callbackHours}
                description={t.callbackHoursHelp}
                placeholder={t.asOpen}
                clearable
                value={form.callback_hours}
                disabled={readOnly}
                onChange={(callback_hours) => set({ callback_hours })}
              />
            </Part>
            <Part title={t.rules} help={t.rulesHelp}>
              <RulesFields rules={form.rules} readOnly={readOnly} onChange={(rules) => set({ rules })} />
            </Part>
          </>
        );
      }}
    </ThingPage>
  );
}
