/** A page that breaks does not take the application with it. */
import { Alert, Button, Stack } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { useTexts } from "../texts";
import { sharedTexts } from "./texts";

function Broken() {
  const t = useTexts(sharedTexts);
  return (
    <Alert color="red" role="alert" m="md">
      <Stack align="flex-start">
        {t.unexpected}
        <Button variant="default" onClick={() => location.reload()}>
          {t.reload}
        </Button>
      </Stack>
    </Alert>
  );
}

interface Props {
  children: ReactNode;
  /** Another value lets the page be tried again: the address. */
  resetOn?: string;
}

interface State {
  broken: boolean;
  resetOn?: string | undefined;
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { broken: false };

  static getDerivedStateFromError(): Partial<State> {
    return { broken: true };
  }

  static getDerivedStateFromProps({ resetOn }: Props, state: State): Partial<State> | null {
    return resetOn === state.resetOn ? null : { broken: false, resetOn };
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}
