/** One mailbox: its greeting in each language, how long a message may be, and the way to its messages. */
import { Button, NumberInput } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { Link } from "wouter";
import type { components } from "../api/schema";
import { useOffered } from "../preferences/data";
import { Said } from "../prompts/Said";
import { useTexts } from "../texts";
import { NameAndLocation } from "../things/fields";
import { MAILBOXES } from "../things/kinds";
import { ThingPage } from "../things/ThingPage";
import { mailboxTexts } from "./texts";

type Form = Required<components["schemas"]["MailboxesOne.MailboxForm"]>;
type Line = components["schemas"]["MailboxesOne.MailboxLine"];

export default function MailboxPage() {
  const t = useTexts(mailboxTexts);
  const offered = useOffered();
  return (
    <ThingPage<Form, Line>
      kind={MAILBOXES}
      newTitle={t.make}
      replaceable
      blank={() => ({ name: "", location: null, greeting: {}, most_seconds: 180 })}
      actions={(line) => (
        <Button
          component={Link}
          href={`/messages?mailbox=${line.id}`}
          variant="default"
          leftSection={<IconMessages aria-hidden size={18} />}
        >
          {t.open}
        </Button>
      )}
    >
      {(filling) => {
        const { form, set, errors, readOnly, line } = filling;
        return (
          <>
            <NameAndLocation filling={filling} />
            <NumberInput
              label={t.longest}
              description={t.longestHelp}
              min={10}
              max={1800}
              allowDecimal={false}
              value={form.most_seconds}
              error={errors.most_seconds}
              disabled={readOnly}
              onChange={(seconds) => typeof seconds === "number" && set({ most_seconds: seconds })}
            />
            <Said
              kind={MAILBOXES}
              id={line?.id}
              offered={offered}
              voices={line?.voices ?? []}
              text={form.greeting}
              readOnly={readOnly}
              onChange={(greeting) => set({ greeting })}
            />
          </>
        );
      }}
    </ThingPage>
  );
}
