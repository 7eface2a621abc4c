'use strict';
// A small SMSC on the npm package "smpp": node node_smsc.js PORT [TLS_PORT KEY CERTIFICATE].
// Prints what it is sent as JSON, a line each. Reads JSON lines: {"from", "to", "text"} is delivered to whoever
// receives, {"drop": true} cuts every connection. Ids are hexadecimal in responses and decimal in receipts.
// The last two digits of the destination decide: see STATUS and RECEIPT; 90 gets no response at all, 95 is throttled once.
const fs = require('fs');
const readline = require('readline');
const smpp = require('smpp');

const [port, tlsPort, key, certificate] = process.argv.slice(2);
const STATUS = { 10: 0x0a, 11: 0x0b, 13: 0x45, 14: 0x400, 18: 0x08 };
const RECEIPT = { 91: 'DELETED', 92: 'UNDELIV', 93: 'EXPIRED', 94: 'REJECTD', 96: 'ACCEPTD' };
const STATES = { DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, REJECTD: 8 };
const ACCOUNT = { system_id: 'esme', password: 'secret' };
const sessions = new Set();
const stored = new Map();
const throttled = new Set();
let next = 0x1a2b3c;

const say = (what, told) => process.stdout.write(`${JSON.stringify({ what, ...told })}\n`);
const receives = (session) => sessions.has(session) && session.mode && session.mode !== 'bind_transmitter';
const receiver = () => [...sessions].find(receives);

function bind(session, mode, pdu) {
  if (pdu.system_id !== ACCOUNT.system_id) return session.send(pdu.response({ command_status: 0x0f }));
  if (pdu.password !== ACCOUNT.password) return session.send(pdu.response({ command_status: 0x0e }));
  session.mode = mode;
  say('bind', { mode, version: pdu.interface_version, system_type: pdu.system_type });
  return session.send(pdu.response({ system_id: 'node', sc_interface_version: 0x34 }));
}

function submitted(pdu) {
  const { message, udh } = pdu.short_message || {};
  const payload = pdu.message_payload && pdu.message_payload.message;
  return {
    from: pdu.source_addr, from_ton: pdu.source_addr_ton, to: pdu.destination_addr, to_ton: pdu.dest_addr_ton,
    text: Buffer.isBuffer(message) ? message.toString('hex') : message || payload,
    udh: udh ? udh.map((element) => element.toString('hex')) : [],
    data_coding: pdu.data_coding, esm_class: pdu.esm_class, registered: pdu.registered_delivery,
    validity: pdu.validity_period, schedule: pdu.schedule_delivery_time,
    sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
  };
}

function submit(session, pdu) {
  const tail = pdu.destination_addr.slice(-2);
  say('submit', submitted(pdu));
  if (tail === '90') return;
  let status = STATUS[tail] || 0;
  if (tail === '95' && !throttled.has(pdu.destination_addr)) {
    throttled.add(pdu.destination_addr);
    status = 0x58;
  }
  if (status) { session.send(pdu.response({ command_status: status })); return; }
  const number = next++;
  const id = number.toString(16).toUpperCase();
  const word = RECEIPT[tail] || 'DELIVRD';
  stored.set(id, word);
  session.send(pdu.response({ message_id: id }));
  if (pdu.registered_delivery & 1) setTimeout(() => receipt(receives(session) ? session : receiver(), pdu, number, word), 50);
}

function receipt(session, pdu, number, word) {
  if (!session) return;
  const text = `id:${number} sub:001 dlvrd:001 submit date:2611230509 done date:2611230510 stat:${word} err:000 text:`;
  session.deliver_sm({
    source_addr_ton: pdu.dest_addr_ton, source_addr_npi: pdu.dest_addr_npi, source_addr: pdu.destination_addr,
    dest_addr_ton: pdu.source_addr_ton, dest_addr_npi: pdu.source_addr_npi, destination_addr: pdu.source_addr,
    esm_class: 4, short_message: Buffer.from(text, 'latin1'),
  }, (answer) => say('receipt', { status: answer.command_status }));
}

function query(session, pdu) {
  const word = stored.get(pdu.message_id);
  const told = { message_id: pdu.message_id, message_state: STATES[word], final_date: '' };
  session.send(pdu.response(word ? told : { command_status: 0x67 }));
}

function connected(session) {
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
  session.on('error', (error) => { say('error', { message: error.message }); session.destroy(); });
  for (const mode of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(mode, (pdu) => bind(session, mode, pdu));
  }
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('query_sm', (pdu) => query(session, pdu));
  session.on('enquire_link', (pdu) => { say('enquire_link', {}); session.send(pdu.response()); });
  session.on('unbind', (pdu) => { say('unbind', {}); session.send(pdu.response()); session.close(); });
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = JSON.parse(line);
  if (asked.drop) { for (const session of sessions) session.destroy(); return; }
  receiver().deliver_sm({
    source_addr_ton: 1, source_addr_npi: 1, source_addr: asked.from, destination_addr: asked.to,
    data_coding: /^[\x20-\x7e]*$/.test(asked.text) ? 0 : 8, short_message: asked.text,
  }, (answer) => say('delivered', { status: answer.command_status }));
});

smpp.createServer(connected).listen(+port, '127.0.0.1', () => say('listening', { port }));
if (tlsPort) {
  const options = { key: fs.readFileSync(key), cert: fs.readFileSync(certificate) };
  smpp.createServer(options, connected).listen(+tlsPort, '127.0.0.1', () => say('listening', { port: tlsPort }));
}
