/** All keys, and how to draw by mouse and by touch. */
import { Kbd, Modal, Stack, Table, Text } from "@mantine/core";
import { useTexts } from "../texts";
import { type Command, IS_MAC, written } from "./commands";
import { canvasTexts } from "./texts";

export interface HelpSheetProps {
  opened: boolean;
  onClose: () => void;
  commands: readonly Command[];
}

export function HelpSheet({ opened, onClose, commands }: HelpSheetProps) {
  const t = useTexts(canvasTexts);
  const others: [string[], string][] = [
    [["← ↑ → ↓"], t.keys.next],
    [["Alt ← ↑ → ↓"], t.keys.move],
    [["Enter"], t.keys.edit],
    [["Space"], t.keys.toggle],
    [["Esc"], t.keys.escape],
    [[written("mod+c", IS_MAC), written("mod+x", IS_MAC), written("mod+v", IS_MAC)], `${t.copy}, ${t.cut}, ${t.paste}`],
  ];
  const rows = [
    ...others,
    ...commands.map(({ keys, text }) => [keys.map((key) => written(key, IS_MAC)), t[text]] as [string[], string]),
  ];
  return (
    <Modal opened={opened} onClose={onClose} title={t.help} size="lg" closeButtonProps={{ "aria-label": t.close }}>
      <Stack>
        <Text>{t.keys.dragHint}</Text>
        <Text>{t.keys.touchHint}</Text>
        <Table aria-label={t.keys.title} verticalSpacing={6}>
          <Table.Tbody>
            {rows.map(([keys, words]) => (
              <Table.Tr key={words}>
                <Table.Td>{words}</Table.Td>
                <Table.Td ta="right">
                  {keys.map((key) => (
                    <Kbd key={key} ml={6}>
                      {key}
                    </Kbd>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Stack>
    </Modal>
  );
}
