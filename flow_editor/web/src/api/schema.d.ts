// Made by `make types` from the server's OpenAPI description. Do not edit.
export interface paths {
  "/api/session": {
    get: { responses: { 200: { content: { "application/json": components["schemas"]["Session"] } } } };
    post: {
      requestBody: { content: { "application/json": { email: string; password: string } } };
      responses: { 200: { content: { "application/json": components["schemas"]["Session"] } } };
    };
    patch: {
      requestBody: { content: { "application/json": { language: string } } };
      responses: { 200: { content: { "application/json": components["schemas"]["Session"] } } };
    };
    delete: { responses: { 204: { content?: never } } };
  };
}
export interface components {
  schemas: {
    Session: {
      person: {
        id: string;
        name: string;
        email: string;
        language: string;
        roles: { role: string; location: string | null }[];
      };
      permissions: string[];
      csrf: string;
    };
  };
}
