/** Adds buttons to guides that copy commands and programs. From a console session, only the commands are copied. */

const FEEDBACK_MS = 1_500

/** Returns the commands of a console session without the prompt, or all text of a program. */
const extractCommands = (text: string): string => {
  const commands = text.split('\n').filter((line) => line.startsWith('$ '))
  return commands.length ? commands.map((line) => line.slice(2)).join('\n') : text
}

for (const code of document.querySelectorAll('pre > code[class^="language-"]')) {
  const block = code.parentElement!
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.addEventListener('click', () => {
    const showFeedback = (words: string) => {
      button.textContent = words
      setTimeout(() => (button.textContent = 'Copy'), FEEDBACK_MS)
    }
    navigator.clipboard.writeText(extractCommands(code.textContent)).then(
      () => showFeedback('Copied'),
      () => showFeedback('Not permitted'),
    )
  })
  const wrapper = document.createElement('div')
  wrapper.className = 'code'
  block.replaceWith(wrapper)
  wrapper.append(block, button)
}
