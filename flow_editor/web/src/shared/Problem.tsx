/** What went wrong and what to do, from the server's own sentence where it gave one. */
import { Alert, Button, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useCallback } from "react";
import { Refused, Unreachable } from "../api/client";
import { useTexts } from "../texts";
import { sharedTexts } from "./texts";

/** The sentence for an error, in the reader's language. */
export function useSentence(): (error: unknown) => string {
  const t = useTexts(sharedTexts);
  return useCallback(
    (error) => {
      if (error instanceof Unreachable) return t.unreachable;
      if (!(error instanceof Refused)) return t.unexpected;
      if (error.message) return error.message;
      if (error.status === 403) return t.forbidden;
      if (error.status === 404) return t.notFound;
      if (error.status === 429) return t.tooMany;
      return t.unexpected;
    },
    [t],
  );
}

export interface ProblemProps {
  error: unknown;
  /** Offers to try once more. */
  retry?: () => void;
  /** Whether what is wrong with single fields is listed too: not needed where the form shows it at the fields. */
  fields?: boolean;
}

export function Problem({ error, retry, fields = false }: ProblemProps) {
  const t = useTexts(sharedTexts);
  const sentence = useSentence();
  const details = fields && error instanceof Refused ? Object.values(error.fields) : [];
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text>{sentence(error)}</Text>
        {details.length > 0 && (
          <List>
            {details.map((detail) => (
              <List.Item key={detail}>{detail}</List.Item>
            ))}
          </List>
        )}
        {retry && (
          <Button size="sm" variant="default" onClick={retry}>
            {t.tryAgain}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
