import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createImportTools } from './import-tools.ts'
import { describePages } from './visit.ts'

// Promise: the page reads the times of a CSV file in one column or two, and asks for the format if it is ambiguous.

describePages('the times of an import', (visit) => {
  const { api, getId, openImport, openPanel, choose, status, preview } = createImportTools(visit)
  const { close } = visit

  test('asks for the format of dates that two formats fit, and reads the lines again after a change', async () => {
    const { page } = await openImport()
    await openPanel(page)
    await choose(page, 'when,count\n3/4/2025 6:00,31\n4/4/2025 6:00,32\n')
    const words = page.locator('.import .preview p[role=status]')
    await words.filter({ hasText: 'Choose the column with the date and the time.' }).waitFor()
    await page.getByLabel('Column: Date and time').selectOption('when')
    await words.filter({ hasText: 'Choose the format of the times.' }).waitFor()
    expect(await page.getByRole('button', { name: /^Send/ }).isDisabled()).toBe(true)
    await page.getByLabel('Format of times').selectOption('month-day')
    await words.filter({ hasText: '“3/4/2025 6:00” is 2025-03-04T06:00:00+01:00' }).waitFor()
    await page.getByLabel('Time zone of the file').selectOption('America/New_York')
    await words.filter({ hasText: '“3/4/2025 6:00” is 2025-03-04T12:00:00+01:00' }).waitFor()
    await page.getByLabel('Column: Planned').selectOption('when')
    await words.filter({ hasText: 'Choose each column once.' }).waitFor()
    await page.getByLabel('Column: Planned').selectOption('not in the file')
    await page.getByLabel('Column: Date and time').selectOption('count')
    await words.filter({ hasText: 'Choose the format of the times.' }).waitFor()
    expect(await page.getByLabel('Time zone of the file').isVisible()).toBe(false)
    await page.getByLabel('Column: Date and time').selectOption('when')
    await page.getByLabel('Format of times').selectOption('month-day')
    await page.getByRole('button', { name: 'Send 2 readings' }).focus()
    await page.keyboard.press('Enter')
    await status(page).filter({ hasText: 'Done: 2 readings new or changed' }).waitFor()
    expect(await page.evaluate('document.activeElement !== document.body')).toBe(true)
    await close(page)
  })

  test('reads a date and a time of day in two columns, and saves refused lines that can be corrected and imported', async () => {
    const { page, faults } = await openImport()
    await openPanel(page)
    const lines = ['date;time;actual', '07.04.2025;06:00;31', '26.10.2025;02:30;30', '07.04.2025;6h;29']
    await choose(page, lines.join('\n'))
    const words = page.locator('.import .preview p[role=status]')
    await words.filter({ hasText: '3 lines: 1 reading, 2 refused.' }).waitFor()
    expect(await page.getByLabel('Column: Date and time').locator('option:checked').textContent()).toBe('date')
    expect(await page.getByLabel('Column: Time of day, if separate').locator('option:checked').textContent()).toBe('time')
    expect(await page.getByLabel('Format of times').locator('option:disabled').count()).toBe(2)
    expect((await preview(page).nth(0).locator('td').allTextContents()).slice(0, 3)).toEqual([
      '07.04.2025 06:00',
      '2025-04-07T06:00:00+02:00',
      '31',
    ])
    expect(await page.locator('.refused tbody tr').allTextContents()).toEqual([
      expect.stringMatching(/^3timeThis time occurs twice in Europe\/Berlin/),
      '4timeNot a time of the chosen format. Send one such as 06:00.',
    ])
    await page.getByRole('button', { name: 'Send 1 reading' }).click()
    await status(page).filter({ hasText: 'Done: 1 reading new or changed, 0 already stored, 2 refused.' }).waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save refused lines' }).click()
    const saved = String(await readFile(await (await download).path()))
    await choose(page, saved.replace('02:30', '2025-10-26T02:30:00+01:00').replace('6h', '06:03'))
    await page.getByRole('button', { name: 'Send 2 readings' }).click()
    await status(page).filter({ hasText: 'Done: 2 readings new or changed, 0 already stored, 0 refused.' }).waitFor()
    const { data } = await api().get('/api/factory/{id}/chart-data', { id: getId() })
    expect(data.time).toEqual([1743998400, 1743998580, 1761442200])
    // Without the second column the times have no format.
    await page.getByLabel('Column: Time of day, if separate').selectOption('not in the file')
    await words.filter({ hasText: 'Choose the format of the times.' }).waitFor()
    await page.getByLabel('Column: Time of day, if separate').selectOption('date')
    await page.getByLabel('Format of times').selectOption('day-month')
    await words.filter({ hasText: 'Choose each column once.' }).waitFor()
    expect(faults).toEqual([])
    await close(page)
  })
})
