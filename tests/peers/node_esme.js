'use strict';
// An ESME on the npm package "smpp": node node_esme.js PORT SYSTEM_ID PASSWORD COUNT WINDOW DESTINATION TEXT.
// Binds, submits, waits for as many receipts, unbinds, and prints what came of it as one line of JSON.
const smpp = require('smpp');

const [port, systemId, password, count, window, to, text] = process.argv.slice(2);
const told = { statuses: {}, ids: [], receipts: [], messages: [], enquired: 0 };
let sent = 0;
let answered = 0;
let finished = false;

const session = smpp.connect({ host: '127.0.0.1', port: +port });
session.on('error', (error) => { console.error(error.message); process.exit(1); });
session.on('enquire_link', (pdu) => session.send(pdu.response()));
session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  const { message } = pdu.short_message;
  if (pdu.esm_class & 4) told.receipts.push({ id: pdu.receipted_message_id, state: pdu.message_state, text: message });
  else told.messages.push({ from: pdu.source_addr, to: pdu.destination_addr, text: message });
  finish();
});

function finish() {
  if (finished || answered < +count || told.receipts.length + told.messages.length < told.ids.length) return;
  finished = true;
  session.enquire_link({}, () => {
    told.enquired += 1;
    session.unbind(() => { session.close(); console.log(JSON.stringify(told)); });
  });
}

function pump() {
  while (sent < +count && sent - answered < +window) {
    sent += 1;
    const values = { source_addr: 'MyBrand', source_addr_ton: 5, destination_addr: to, dest_addr_ton: 1, dest_addr_npi: 1 };
    session.submit_sm({ ...values, short_message: text, registered_delivery: 1 }, (answer) => {
      told.statuses[answer.command_status] = (told.statuses[answer.command_status] || 0) + 1;
      if (answer.command_status === 0) told.ids.push(answer.message_id);
      answered += 1;
      pump();
      finish();
    });
  }
}

session.bind_transceiver({ system_id: systemId, password, interface_version: 0x34 }, (answer) => {
  if (answer.command_status) { console.log(JSON.stringify({ refused: answer.command_status })); session.close(); } else pump();
});
