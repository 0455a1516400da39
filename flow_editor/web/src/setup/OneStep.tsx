/** What a step of setting up is done with: the forms of the pages themselves. */
import { Alert, Text } from "@mantine/core";
import { useMay } from "../accounts/session";
import { queries } from "../api/queries";
import type { components } from "../api/schema";
import type { HoursLine } from "../hours/form";
import { blankHours, HoursFields } from "../hours/HoursFields";
import { blankLocation, LocationFields } from "../locations/LocationFields";
import { CallNow } from "../numbers/CallNow";
import { blankNumber, NumberFields } from "../numbers/NumberFields";
import { numberTexts } from "../numbers/texts";
import { blankPerson, PersonFields, type Line as PersonLine } from "../people/PersonFields";
import { usePreferences } from "../preferences/data";
import { PreferencesForm } from "../preferences/PreferencesForm";
import { Loading } from "../shared/Loading";
import { Calling } from "../testcall/Calling";
import { useFormats, useTexts } from "../texts";
import { useReferences } from "../things/calls";
import { HOURS, LOCATIONS, NUMBERS, PEOPLE } from "../things/kinds";
import { FlowStep } from "./FlowStep";
import { GoLive } from "./GoLive";
import type { StepName } from "./leaving";
import { ThingsStep } from "./ThingsStep";
import { setUpTexts } from "./texts";

export interface OneStepProps {
  step: components["schemas"]["SetUpOut.StepOut"];
  goLive: readonly components["schemas"]["SetUpOut.GoLiveItem"][];
  go: (step: StepName) => void;
  next: () => void;
}

export function OneStep({ step, goLive, go, next }: OneStepProps) {
  switch (step.name) {
    case "organisation":
      return <Organisation next={next} />;
    case "locations":
      return <ThingsStep step="locations" kind={LOCATIONS} Fields={LocationFields} blank={blankLocation} />;
    case "hours":
      return <HoursStep />;
    case "people":
      return <PeopleStep />;
    case "number":
      return <NumberStep />;
    case "flow":
      return <FlowStep />;
    case "test_call":
      return <TestCall />;
    case "go_live":
      return <GoLive items={goLive} go={go} />;
  }
}

function Organisation({ next }: { next: () => void }) {
  const preferences = usePreferences().data;
  return preferences ? (
    <PreferencesForm key={preferences.revision} preferences={preferences} onSaved={next} />
  ) : (
    <Loading />
  );
}

/** The form begins with the first location that has none. */
function HoursStep() {
  const places = useReferences("location").data?.items;
  if (!places) return <Loading />;
  const missing = (lines: readonly HoursLine[]) => places.find(({ id }) => lines.every((line) => line.location !== id));
  return (
    <ThingsStep
      step="hours"
      kind={HOURS}
      Fields={HoursFields}
      blank={(lines: readonly HoursLine[]) => {
        const place = missing(lines);
        return place ? { ...blankHours(), name: place.name, location: place.id } : blankHours();
      }}
      told={(line) => places.find(({ id }) => id === line.location)?.name}
      begins={(lines) => missing(lines) !== undefined || lines.length === 0}
    />
  );
}

function PeopleStep() {
  const t = useTexts(setUpTexts);
  const formats = useFormats();
  return (
    <ThingsStep
      step="people"
      kind={PEOPLE}
      Fields={PersonFields}
      blank={blankPerson}
      told={(line: PersonLine) =>
        line.phones.length ? formats.list(line.phones.map((phone) => phone.reached_at)) : t.noPhone
      }
    />
  );
}

function NumberStep() {
  const states = useTexts(numberTexts).states;
  return (
    <ThingsStep
      step="number"
      kind={NUMBERS}
      Fields={NumberFields}
      blank={blankNumber}
      told={(line) => [line.label && line.number, states[line.state], line.flow].filter(Boolean).join(" · ")}
      below={(line) => <CallNow line={line} />}
    />
  );
}

function TestCall() {
  const t = useTexts(setUpTexts);
  const may = useMay("test_calls");
  if (!may) return <Alert color="gray">{t.noTestCalls}</Alert>;
  return (
    <>
      <Text c="dimmed">{t.testCallHelp}</Text>
      <Calling onCalled={() => void queries.invalidateQueries({ queryKey: ["set-up"] })} />
    </>
  );
}
