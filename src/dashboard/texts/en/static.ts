/** The texts of pages without a script. The build writes them into the pages in every language. `…Link` is a link with one of the texts. */
export const staticPages = {
  notFound: 'Page not found',
  noSuchPage: (factoriesLink: string, guidesLink: string, referenceLink: string) =>
    `No page has this address. Check it for typing errors, or open ${factoriesLink}, ${guidesLink} or ${referenceLink}.`,
  needsJavaScript: (summaryLink: string, chartLink: string, guidesLink: string) =>
    `This page needs JavaScript. The same data without it: ${summaryLink}, ${chartLink}, ${guidesLink}.`,
  factories: 'the factories',
  guides: 'the guides',
  reference: 'the reference of the API',
  chart: 'a chart as an image',
}
