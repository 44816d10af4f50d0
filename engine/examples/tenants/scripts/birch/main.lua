local texts = require "texts"

function onMessage(message)
  return { reply = texts.count(#notes.list()) }
end

-- birch may only read notes.
function write()
  notes.add("mine")
end

function bug()
  return message.text
end
