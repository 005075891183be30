"""The methods that our server knows, by their lower-case name as the real server takes them."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.fakes.telegram import methods_account as account
from tests.fakes.telegram import methods_messages as messages

Method = Callable[..., Awaitable[Any]]

_NAMED: dict[str, Method] = {
    "getUpdates": account.get_updates,
    "setWebhook": account.set_webhook,
    "deleteWebhook": account.delete_webhook,
    "getWebhookInfo": account.get_webhook_info,
    "getMe": account.get_me,
    "logOut": account.done,
    "close": account.done,
    "setMyCommands": account.set_my_commands,
    "getMyCommands": account.get_my_commands,
    "deleteMyCommands": account.delete_my_commands,
    "setMyName": account.setter("name"),
    "getMyName": account.getter("name"),
    "setMyDescription": account.setter("description"),
    "getMyDescription": account.getter("description"),
    "setMyShortDescription": account.setter("short_description"),
    "getMyShortDescription": account.getter("short_description"),
    "setChatMenuButton": account.set_chat_menu_button,
    "getChatMenuButton": account.get_chat_menu_button,
    "getChat": account.get_chat,
    "leaveChat": account.leave_chat,
    "getChatMember": account.get_chat_member,
    "getChatMemberCount": account.get_chat_member_count,
    "getChatAdministrators": account.get_chat_administrators,
    "sendMessage": messages.send_message,
    "sendPhoto": messages.send_photo,
    "sendDocument": messages.send_document,
    "sendChatAction": messages.send_chat_action,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "answerCallbackQuery": messages.answer_callback_query,
    "getFile": messages.get_file,
}
METHODS: dict[str, tuple[str, Method]] = {name.lower(): (name, method) for name, method in _NAMED.items()}
