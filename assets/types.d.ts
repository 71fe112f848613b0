// Packages without types of their own.
declare module "htmx-ext-sse";
