import type { Chat } from "./chat";

/** The user's status changes, by hand or because they have gone for a while. */
export async function changeStatus(chat: Chat): Promise<void> {
  await chat.page.evaluate(() => {
    const { api } = window.rig._converse as unknown as {
      api: { user: { status: { set(status: string): unknown } } };
    };
    return api.user.status.set("away");
  });
}
