/** How somebody signs in: their address, their roles and where they hold them; an invitation, and signing out everywhere. */
import { ActionIcon, Button, Fieldset, Group, Input, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../accounts/session";
import { useNotices } from "../shared/notices";
import { useTexts } from "../texts";
import { asJson } from "../things/calls";
import { LocationField } from "../things/fields";
import type { Filling } from "../things/ThingForm";
import type { Form, Line } from "./PersonFields";
import { Copied } from "./phones";
import { personTexts } from "./texts";

const ROLES = ["owner", "lead", "agent", "auditor", "wallboard"] as const;

export function Account({ filling: { form, set, errors, readOnly, line } }: { filling: Filling<Form, Line> }) {
  const t = useTexts(personTexts);
  const notices = useNotices();
  const may = useMay("manage_accounts") && !readOnly;
  const [link, setLink] = useState<string | null>(null);
  if (!may && form.roles.length === 0 && !form.email) return null;

  async function invite(id: string) {
    try {
      setLink((await asJson<{ link: string }>("POST", `/api/people/${id}/invitation`)).link);
    } catch (error) {
      notices.failed(error);
    }
  }

  async function signOut(id: string) {
    try {
      await asJson("POST", `/api/people/${id}/sign-out`);
      notices.saved(t.signedOut);
    } catch (error) {
      notices.failed(error);
    }
  }

  return (
    <Fieldset legend={t.signIn} mt="md">
      <Stack>
        <Text size="sm">{t.signInHelp}</Text>
        <TextInput
          label={t.email}
          type="email"
          maxLength={200}
          autoComplete="off"
          value={form.email}
          error={errors.email}
          disabled={!may}
          onChange={(event) => set({ email: event.currentTarget.value })}
        />
        <Input.Wrapper label={t.roles} error={errors.roles} size="md" labelElement="div">
          <Stack gap="xs" mt="xs">
            {form.roles.map((held, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: what is chosen is all there is to tell them apart
              <Group key={place} align="flex-end" gap="xs" wrap="nowrap">
                <Select
                  aria-label={t.role}
                  style={{ flex: 1 }}
                  allowDeselect={false}
                  data={ROLES.map((role) => ({ value: role, label: `${t.roleNames[role]}: ${t.roleHelp[role]}` }))}
                  value={held.role}
                  disabled={!may}
                  onChange={(role) =>
                    role &&
                    set({
                      roles: form.roles.map((one, at) => (at === place ? { ...one, role: role as Role } : one)),
                    })
                  }
                />
                <LocationField
                  label={undefined}
                  aria-label={t.where}
                  style={{ flex: 1 }}
                  value={held.location}
                  disabled={!may}
                  onChange={(location) =>
                    set({ roles: form.roles.map((one, at) => (at === place ? { ...one, location } : one)) })
                  }
                />
                {may && (
                  <ActionIcon
                    aria-label={t.takeRole(t.roleNames[held.role])}
                    onClick={() => set({ roles: form.roles.filter((_, at) => at !== place) })}
                  >
                    <IconX aria-hidden size={18} />
                  </ActionIcon>
                )}
              </Group>
            ))}
          </Stack>
        </Input.Wrapper>
        {may && (
          <Group>
            <Button
              variant="default"
              leftSection={<IconPlus aria-hidden size={18} />}
              onClick={() => set({ roles: [...form.roles, { role: "agent", location: form.location ?? null }] })}
            >
              {t.addRole}
            </Button>
            {line?.email && (
              <>
                <Button variant="default" onClick={() => void invite(line.id)}>
                  {line.signs_in ? t.inviteAgain : t.invite}
                </Button>
                {line.signs_in && (
                  <Button variant="default" onClick={() => void signOut(line.id)}>
                    {t.signOut}
                  </Button>
                )}
              </>
            )}
          </Group>
        )}
        {may && form.email && !line?.email && (
          <Text size="sm" c="dimmed">
            {t.saveFirst}
          </Text>
        )}
        {line?.email && !line.signs_in && (
          <Text size="sm" c="dimmed">
            {t.invited}
          </Text>
        )}
      </Stack>
      <Modal
        opened={link !== null}
        onClose={() => setLink(null)}
        title={t.invitationTitle}
        closeButtonProps={{ "aria-label": t.close }}
      >
        <Stack>
          <Text>{t.inviteHelp}</Text>
          {link && <Copied label={t.link} value={link} />}
        </Stack>
      </Modal>
    </Fieldset>
  );
}

type Role = (typeof ROLES)[number];
