/** The little of the DOM that is read here. Its typings belong to browsers, and no page is ever run. */

/** The standard has null here; the library that is used does not hold to it. */
type Found = HtmlNode | null | undefined;

export interface HtmlNode {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly parentNode: HtmlNode | null;
  readonly ownerDocument: HtmlDocument;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  querySelector(selector: string): Found;
  querySelectorAll(selector: string): ArrayLike<HtmlNode>;
  closest(selector: string): Found;
  contains(other: HtmlNode): boolean;
}

export interface HtmlDocument {
  querySelector(selector: string): Found;
}
