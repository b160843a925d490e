/** Lets the commands and programs of a guide be copied; of a console only what was typed, without the answers. */

const SAID_MS = 1_500

/** The part that somebody would type or save. */
const typedOf = (text: string): string => {
  const commands = text.split('\n').filter((line) => line.startsWith('$ '))
  return commands.length ? commands.map((line) => line.slice(2)).join('\n') : text
}

for (const code of document.querySelectorAll('pre > code[class^="language-"]')) {
  const block = code.parentElement!
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.addEventListener('click', () => {
    const say = (words: string) => {
      button.textContent = words
      setTimeout(() => (button.textContent = 'Copy'), SAID_MS)
    }
    navigator.clipboard.writeText(typedOf(code.textContent)).then(
      () => say('Copied'),
      () => say('Not allowed'),
    )
  })
  const around = document.createElement('div')
  around.className = 'code'
  block.replaceWith(around)
  around.append(block, button)
}
