ALTER TABLE `organisations` ADD `stop_reasons` text;
