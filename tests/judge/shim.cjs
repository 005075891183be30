// The judge: telegram-test-api 4.2.1 (npm, MIT) with what it lacks to talk to a bot of today.
//
// Its storage, its sending and its clients' routes are its own; mended here is only what this list names:
//   getMe says is_bot; dates are seconds; a press has a chat_instance; sending uses up no update number;
//   updates stay until an offset confirms them, and a poll waits; a webhook shows the secret, and is called again
//   when it does not answer 2xx; HTML is read; edits and answers return what the Bot API returns;
//   documents and photos go both ways; commands, chat actions and getWebhookInfo exist.
//
// node shim.cjs   listens on a free port of this machine and prints its address.

const routes = require('telegram-test-api/lib/routes/index').routes
const { TelegramServer } = require('telegram-test-api/lib/telegramServer')

const FILES = new Map() // file_id -> { name, data, file_path }
const CALLS = [] // what the bot asked for beside messages: { method, params }

class Judge extends TelegramServer {
  addBotMessage(raw, token) {
    const update = this.updateId
    const message = super.addBotMessage(raw, token)
    this.updateId = update
    return { ...message, date: Math.floor(message.date / 1000) }
  }

  async addUserUpdate(update) {
    this.updateId += 1
    if (this.webhooks[update.botToken]) this.deliver(update, 0)
    else this.storage.userMessages.push(update)
  }

  async deliver(update, tries) {
    const hook = this.webhooks[update.botToken]
    const headers = { 'content-type': 'application/json' }
    if (hook.secret_token) headers['x-telegram-bot-api-secret-token'] = hook.secret_token
    const body = JSON.stringify(TelegramServer.formatUpdate(update))
    const answer = await fetch(hook.url, { method: 'POST', headers, body }).catch(() => null)
    if (!answer || !answer.ok) setTimeout(() => this.deliver(update, tries + 1), Math.min(2000, 100 * 2 ** tries))
  }

  message(chatId, messageId) {
    return this.storage.botMessages.find((one) => String(one.messageId) === String(messageId)
      && String(one.message.chat_id) === String(chatId))
  }
}

const format = TelegramServer.formatUpdate
TelegramServer.formatUpdate = (update) => {
  const made = format(update)
  if (made.callback_query) made.callback_query.chat_instance = '1'
  return made
}

// --- reading what is sent

class Refusal extends Error {}

function shown(text, mode) {
  if (mode !== 'HTML') return text
  const bare = text.replace(/&(lt|gt|amp|quot);/g, '')
  if (/[<&]/.test(bare)) throw new Refusal("Bad Request: can't parse entities")
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&')
}

function check(message) {
  const text = message.text ?? message.caption
  if (message.text !== undefined && !text.trim()) throw new Refusal('Bad Request: message text is empty')
  if (text && text.length > (message.text !== undefined ? 4096 : 1024)) throw new Refusal('Bad Request: message is too long')
  for (const button of (message.reply_markup?.inline_keyboard ?? []).flat()) {
    const bytes = Buffer.byteLength(button.callback_data ?? '')
    if (bytes < 1 || bytes > 64) throw new Refusal('Bad Request: BUTTON_DATA_INVALID')
  }
}

function meant(body) {
  const message = TelegramServer.normalizeMessage({ ...body })
  for (const name of ['text', 'caption']) {
    if (message[name] !== undefined) message[name] = shown(message[name], message.parse_mode)
  }
  check(message)
  return message
}

function multipart(request) {
  return new Promise((resolve) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const boundary = `--${/boundary=([^;]+)/.exec(request.headers['content-type'])[1]}`
      const fields = {}
      // latin1 keeps every byte; texts are decoded again below
      for (const part of Buffer.concat(chunks).toString('latin1').split(boundary).slice(1, -1)) {
        const [head, ...rest] = part.slice(2).split('\r\n\r\n')
        const content = Buffer.from(rest.join('\r\n\r\n').slice(0, -2), 'latin1')
        const header = Buffer.from(head, 'latin1').toString('utf8')
        const name = /[^e]name="([^"]*)"/.exec(header)[1]
        const file = /filename="([^"]*)"/.exec(header)
        fields[name] = file ? { name: file[1], data: content } : content.toString('utf8')
      }
      resolve(fields)
    })
  })
}

function keep(name, data) {
  const id = `file-${FILES.size + 1}`
  FILES.set(id, { name, data, file_path: `documents/${id}` })
  return { file_id: id, file_unique_id: id, file_name: name, file_size: data.length }
}

// --- the routes

function answering(work) {
  return async (request, response) => {
    try {
      response.json({ ok: true, result: await work(request) })
    } catch (error) {
      const code = error instanceof Refusal ? 400 : 500
      response.status(code).json({ ok: false, error_code: code, description: error.message })
    }
  }
}

function mended(app, server) {
  const method = (name, work) => app.all(`/bot:token/${name}`, answering(work))
  const given = (request) => ({ ...request.query, ...request.body })
  const noted = (request) => {
    CALLS.push({ method: request.path.split('/').pop(), params: given(request) })
    return true
  }

  method('getMe', () => ({ id: 666, is_bot: true, first_name: 'Test', username: 'TestNameBot' }))
  method('sendMessage', (request) => server.addBotMessage(meant(request.body), request.params.token))
  for (const [name, kind] of [['sendDocument', 'document'], ['sendPhoto', 'photo']]) {
    method(name, async (request) => {
      const fields = await multipart(request)
      const file = Object.values(fields).find((one) => one.data)
      const kept = keep(file.name, file.data)
      for (const key of Object.keys(fields)) if (fields[key].data) delete fields[key]
      const message = meant({ ...fields, [kind]: kept })
      const answer = server.addBotMessage(message, request.params.token)
      return { ...answer, [kind]: kind === 'photo' ? [{ ...kept, width: 1, height: 1 }] : kept }
    })
  }
  for (const name of ['editMessageText', 'editMessageReplyMarkup']) {
    method(name, (request) => {
      const message = meant(request.body)
      const found = server.message(message.chat_id, message.message_id)
      if (!found) throw new Refusal('Bad Request: message to edit not found')
      const before = JSON.stringify([found.message.text, found.message.reply_markup])
      const after = { ...found.message, ...message, reply_markup: message.reply_markup }
      if (JSON.stringify([after.text, after.reply_markup]) === before) {
        throw new Refusal('Bad Request: message is not modified')
      }
      found.message = after
      found.isRead = false
      return { message_id: found.messageId, date: 1, chat: { id: Number(message.chat_id), type: 'private' }, text: after.text }
    })
  }
  for (const name of ['answerCallbackQuery', 'setMyCommands', 'sendChatAction']) method(name, noted)
  method('setWebhook', (request) => {
    server.setWebhook(given(request), request.params.token)
    for (const one of server.storage.userMessages.splice(0)) server.deliver(one, 0)
    return true
  })
  method('getWebhookInfo', (request) => ({
    url: server.webhooks[request.params.token]?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: server.storage.userMessages.length,
  }))
  method('getUpdates', async (request) => {
    const { offset = 0, timeout = 0 } = given(request)
    const own = (one) => one.botToken === request.params.token
    const until = Date.now() + 1000 * Number(timeout)
    const open = () => server.storage.userMessages.filter((one) => own(one) && one.updateId >= Number(offset))
    server.storage.userMessages = server.storage.userMessages.filter((one) => !own(one) || one.updateId >= Number(offset))
    while (!open().length && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
    return open().map((one) => TelegramServer.formatUpdate(one))
  })
  method('getFile', (request) => {
    const file = FILES.get(given(request).file_id)
    if (!file) throw new Refusal('Bad Request: invalid file_id')
    return { file_id: given(request).file_id, file_unique_id: 'x', file_size: file.data.length, file_path: file.file_path }
  })
  app.get('/file/bot:token/documents/:id', (request, response) => response.send(FILES.get(request.params.id).data))

  // for the people: a file to send with a message, and what the bot did beside messages
  app.post('/keepFile', (request, response) => response.json(keep(request.body.name, Buffer.from(request.body.base64, 'base64'))))
  app.get('/calls', (_request, response) => response.json(CALLS))
}

routes.unshift(mended)
const server = new Judge({ port: 0, host: '127.0.0.1', storeTimeout: 3600 })
server.config.port = 0 // 0 is taken for "not given" otherwise
server.start().then(() => console.log(`http://127.0.0.1:${server.server.address().port}`))
