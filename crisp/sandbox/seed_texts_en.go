package sandbox

// dialoguesEnglish are dialogues by topic: "# topic" starts one, "u" lines are the customer's, "o" lines the operator's.
// Words in braces are filled in for each conversation; see fill.
const dialoguesEnglish = `
# billing
u Hi! I was charged twice for the {plan} plan this month, {amount} each time. Could you have a look?
o Hi {first}, thanks for letting us know. I can see both payments, the second one is a mistake on our side.
o I have just cancelled it. Your bank should show the {amount} again within three to five days.
u That was quick, thank you!
o You're welcome. Sorry again for the trouble, {first}.
u All good, have a nice day.

# billing
u Hello, our accountant needs the invoice for order {order} with our VAT number on it. Where can I add it?
o Hello {first}! You can add it under Settings, Billing, Company details. The next invoices will carry it.
u And for the one from last month?
o I can issue that one again. Could you send me the VAT number here?
u Sure, I have just put it into the settings.
o Perfect, the corrected invoice is in your inbox now.
u Got it, thanks a lot.

# login
u I can't sign in any more. The app says that my code has expired, even though I enter it right away.
o Hi {first}, that usually happens when the phone's clock is off by a minute or two. Could you check that the time is set automatically?
u It was three minutes behind! Works now.
o Great to hear. I have also sent you a fresh set of backup codes, just in case.
u Brilliant, thanks {agent}.

# login
u Hi, I changed my email address and now the password reset never arrives.
o Hi {first}, let me check. The reset still goes to your old address because the new one was not confirmed.
u Oh. I don't have access to the old one any more.
o No problem. I can confirm the new one for you if you tell me the last order number.
u It is {order}.
o That matches, thank you. The new address is confirmed and a reset link is on its way.
u I'm in. You saved my weekend!

# shipping
u Hello, order {order} was supposed to arrive last Tuesday. The tracking page has not changed for five days.
o Hi {first}, I am sorry about that. I have just asked the carrier, give me a moment.
o They found it: the parcel missed its connection and is on the van for tomorrow.
u Ok, will somebody need to sign for it?
o No, they can leave it with a neighbour if you are out.
u Perfect, thank you.

# shipping
u Do you ship the {device} to {city}? The checkout refuses my postcode.
o Hello {first}! We do. The postcode check was a bit too strict, I have reported it.
o Could you try again without the space?
u That worked. Order {order} is placed :)
o Lovely, it leaves our warehouse tonight.

# bug
u Since the update the moisture chart of my {device} is empty. The numbers are still there in the list.
o Hi {first}, thank you for the report. Which version of the app do you see under About?
u 4.18.2 on Android.
o We can reproduce it, it happens when the plant's name has an emoji in it. A fix is in review.
u Haha, yes, my fern is called 🌿 Fernando. I will wait for the update.
o Fernando will be back in 4.18.3, I will write to you as soon as it is out.

# bug
u The {device} goes offline every night at around 2 am and comes back in the morning.
o Hi {first}, that sounds like the router's night mode. Is there something like an eco mode switched on?
u There is, but it was never a problem before.
o The latest firmware sleeps less deeply, so it notices. I can send you the previous one while we fix this.
u Yes please.
o Done: open the app, keep the {device} close to the phone, and confirm the update.
u It ran through. I'll report back tomorrow.

# refund
u Hi, I would like to return the {device} from order {order}. It is too big for my window sill.
o Hi {first}, no problem at all, you have 30 days. Would you like to swap it for the Leaf Mini instead?
u No thank you, just the refund please.
o Of course. The return label is in your inbox, and we refund {amount} once the parcel is scanned.
u Thanks, I'll drop it off today.

# refund
u The sensor that arrived yesterday is cracked. Photo attached.
o Oh no, I am sorry, {first}. Would you prefer a new one or your money back?
u A refund please, I found one in a shop nearby.
o Understood. The {amount} are on their way back, and you can keep or recycle the broken one.
u Thank you, that is very fair.

# cancel
u How do I cancel the {plan} plan? I only need it in summer.
o Hi {first}, you can also pause it: your data stays and nothing is charged until spring.
u I did not know that. How long can I pause?
o Up to nine months. Shall I set it until the first of April?
u Yes, that would be perfect.
o Done. You will get a reminder a week before.

# cancel
u We are thinking about leaving. The price went up twice this year and the API still has no webhooks.
o Hi {first}, I understand. Webhooks are in beta right now, I can add your team today if you like.
u That would help, but the price is still an issue.
o Let me talk to my colleague about what we can do for a yearly plan.
u Ok, I'll wait until the end of the week.

# feature
u Is there a way to share one plant with my flatmates without giving them my whole account?
o Hi {first}! Not yet, but it is one of the most wanted ideas. I have added your vote.
u Nice. Any idea when?
o We hope for early next year. I'll tag this conversation so that you hear first.
u Great, thank you!

# feature
u Would love a dark mode for the web app. My eyes at night...
o Good news, {first}: it is in the lab settings already. Settings, Labs, Dusk theme.
u Oh wow, it even follows the system. Love it.
o Happy to hear that! Tell us if something looks odd.

# lead
u Hello, we run eleven greenhouses and are looking for sensors with an API. Do you offer volume prices?
o Hello {first}, we do, from fifty sensors on. How many plants do you want to watch per greenhouse?
u Around forty. So about 450 sensors in total.
o Then the {plan} plan with the gateway is the right one. May I send you an offer by email?
u Please do. We would like to start with one greenhouse as a trial.
o Perfect, the trial kit is free for 60 days. The offer is on its way.

# lead
u Quick question before I buy: does the {device} work outdoors in winter?
o Hi {first}! Down to -15 °C, and the battery lasts about two winters.
u And without wifi in the garden?
o With the Hub it reaches around 80 metres. You find both in the Garden bundle.
u Sold. Thanks!
`
