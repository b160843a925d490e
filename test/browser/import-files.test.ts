import { expect, test } from 'vitest'
import { createImportTools } from './import-tools.ts'
import { describePages } from './visit.ts'

// Promise: the import takes the file that the user chose or dropped last, also the same one again.

describePages('the file of an import', (visit) => {
  const { openImport, openPanel, choose, status } = createImportTools(visit)
  const { close } = visit

  test('takes a dropped file, and says why a file is refused as a whole', async () => {
    const { page } = await openImport()
    await openPanel(page)
    await page.getByLabel('CSV file').waitFor()
    const drop = (text: string) =>
      page.locator('.drop').evaluate((element, content) => {
        const { DataTransfer, DragEvent, File } = globalThis as unknown as {
          DataTransfer: new () => { items: { add(file: unknown): void } }
          DragEvent: new (name: string, options: object) => unknown
          File: new (parts: string[], name: string) => unknown
        }
        const dataTransfer = new DataTransfer()
        dataTransfer.items.add(new File([content], 'dropped.csv'))
        const target = element as unknown as { dispatchEvent(event: unknown): void }
        target.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }))
      }, text)
    await drop('time,actual\n1743984000,4\n')
    await page.getByRole('button', { name: 'Send 1 reading' }).waitFor()
    await drop('time,readings\n1743984000,4\n')
    await status(page).filter({ hasText: 'The column readings belongs to sums' }).waitFor()
    expect(await page.getByRole('button', { name: /^Send/ }).count()).toBe(0)
    await choose(page, Buffer.from([0x74, 0xfc, 0x0a]))
    await status(page).filter({ hasText: 'The file is not UTF-8.' }).waitFor()
    await close(page)
  })

  test('is empty while the dialog is open, so that the same file can be chosen again, and returns when the dialog is cancelled', async () => {
    const { page } = await openImport()
    await openPanel(page)
    const input = page.getByLabel('CSV file')
    const file = { name: 'shift.csv', mimeType: 'text/csv', buffer: Buffer.from('time,actual\n1743984000,4\n') }
    const openDialog = async () => {
      const dialog = page.waitForEvent('filechooser')
      await input.click()
      return dialog
    }
    await (await openDialog()).setFiles(file)
    await page.getByRole('button', { name: 'Send 1 reading' }).waitFor()
    expect(await input.inputValue()).toMatch(/shift\.csv$/)
    const again = await openDialog()
    expect(await input.inputValue()).toBe('')
    await input.dispatchEvent('cancel')
    expect(await input.inputValue()).toMatch(/shift\.csv$/)
    await page.getByRole('button', { name: 'Send 1 reading' }).waitFor()
    await again.setFiles(file)
    await page.getByRole('button', { name: 'Send 1 reading' }).click()
    await status(page).filter({ hasText: /^Done/ }).waitFor()
    await close(page)
  })

  test('is the one that was chosen last, although an earlier one takes longer to read', async () => {
    const { page } = await openImport()
    await openPanel(page)
    await page.getByLabel('CSV file').waitFor()
    await page.evaluate(`{
      const read = File.prototype.arrayBuffer
      const released = new Promise((resolve) => (globalThis.release = resolve))
      File.prototype.arrayBuffer = async function () {
        if (this.name === 'slow.csv') await released
        return read.call(this)
      }
    }`)
    await choose(page, 'time,actual\n1743984000,4\n1743984060,4\n', 'slow.csv')
    await choose(page, 'time,actual\n1743984000,4\n', 'fast.csv')
    await page.getByRole('button', { name: 'Send 1 reading' }).waitFor()
    await page.evaluate('(release(), new Promise((resolve) => setTimeout(resolve, 300)))')
    expect(await page.getByRole('button', { name: /^Send/ }).textContent()).toBe('Send 1 reading')
    await close(page)
  })
})
