import converse from "converse.js";
import "converse.js/dist/converse.min.css";
import { register } from "converse-muc-push";

register(converse); // before converse.initialize

const settings = await fetch("settings.json");
converse.initialize(await settings.json());
