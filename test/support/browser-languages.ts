// Runs before each test file: the dashboard chooses its language and its formats from the languages of the browser.

Object.defineProperty(navigator, 'languages', { value: ['en-GB'], configurable: true })
