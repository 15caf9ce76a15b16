/** The little of the DOM that is read here. Its typings belong to browsers, and no page is ever run. */

export interface HtmlNode {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly parentNode: HtmlNode | null;
  readonly ownerDocument: HtmlDocument;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  querySelector(selector: string): HtmlNode | null;
  querySelectorAll(selector: string): ArrayLike<HtmlNode>;
  closest(selector: string): HtmlNode | null;
  contains(other: HtmlNode): boolean;
}

export interface HtmlDocument {
  querySelector(selector: string): HtmlNode | null;
}
